#pragma once

#include <tally/config.hpp>
#include <tally/request.hpp>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <cstdint>

namespace tally {

/// Beast's own HTTP/1 parser, which keeps of a request only what the answer depends on: nothing is
/// allocated but the target, and the body is read past. It adds the rules of message framing that
/// Beast leaves open, so that two programs in a row never disagree on where a request ends.
class request_parser : public boost::beast::http::basic_parser<true> {
public:
  /// Parses one message into `into`, which is cleared first and must outlive the parser.
  request_parser(request& into, const http_settings& limits);

  /// Whether the client waits for a 100 before it sends the body (RFC 9110, 10.1.1): true once.
  bool takes_continue();

  /// How many bytes have to be there before put() is worth calling. What is left of a chunked body
  /// ends in `0 CRLF CRLF`, and Beast asserts that it is given that much at once.
  std::size_t least() const { return is_header_done() && chunked() ? 5 : 1; }

  /// 10 or 11, for HTTP/1.0 and HTTP/1.1.
  int version() const { return version_; }

  /// The status that answers a message which failed to parse with `failure`.
  boost::beast::http::status refusal(boost::beast::error_code failure) const;

private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, string_view method_text, string_view target,
                       int version, error_code& failure) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field name, string_view name_text, string_view value,
                     error_code& failure) override;
  void on_header_impl(error_code& failure) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override
  {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
  // Pure from Boost 1.88 on, unknown before: hence no `override`.
  virtual void on_trailer_field_impl(boost::beast::http::field, string_view, string_view,
                                     error_code&)
  {
  }

  request& request_;
  std::size_t max_header_;
  std::size_t header_ = 0;
  int version_ = 11;
  unsigned hosts_ = 0;
  unsigned codings_ = 0;
  bool chunked_only_ = true;
  bool has_length_ = false;
  bool expects_continue_ = false;
};

} // namespace tally
