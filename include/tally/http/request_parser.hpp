#pragma once

#include <tally/http/head_scanner.hpp>
#include <tally/http/request.hpp>
#include <tally/http/settings.hpp>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tally {

/// Beast's own HTTP/1 parser, which keeps of a request only what the answer depends on: nothing is
/// allocated but the target, and the body is read past. Before it stands the head_scanner, and
/// behind it the rules of RFC 9110 and 9112 that Beast leaves open, so that two programs in a row
/// never disagree on where a request ends. docs/http.md has them all.
class request_parser : boost::beast::http::basic_parser<true> {
public:
  /// Parses one message into `into`, which is cleared first and must outlive the parser.
  request_parser(request& into, const http_settings& limits);

  /// Takes of `bytes` what it can use, and tells how much that was; what is left has to come again,
  /// with more behind it. Not to be called once the message is complete or refused.
  std::size_t parse(std::span<char> bytes);

  /// The message is there, to the last byte of its body.
  bool complete() const { return is_done() && !refused_; }

  /// The status that refuses the message. Where the next one begins is unknown then.
  std::optional<boost::beast::http::status> refused() const { return refused_; }

  /// Whether the client waits for a 100 before it sends the body (RFC 9110, 10.1.1): true once.
  bool takes_continue();

  /// Whether the connection goes on after the answer (RFC 9112, 9.3). Once complete.
  bool keeps_alive() const { return !closes_ && (version_ >= 11 || keeps_); }

  /// 10 or 11, for HTTP/1.0 and HTTP/1.1.
  int version() const { return version_; }

private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, string_view method_text, string_view target,
                       int version, error_code& failure) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  // Of the trailers, too, until Boost 1.90.
  void on_field_impl(boost::beast::http::field name, string_view name_text, string_view value,
                     error_code& failure) override;
  void on_header_impl(error_code& failure) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view extensions, error_code& failure) override;
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override
  {
    chunk_left_ -= body.size();
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
  // Pure from Boost 1.90 on, unknown before: hence no `override`.
  virtual void on_trailer_field_impl(boost::beast::http::field, string_view, string_view,
                                     error_code&)
  {
  }

  void refuse(boost::beast::http::status why, error_code& failure);
  boost::beast::http::status reason(error_code failure) const;
  bool between_chunks() const;

  request& request_;
  head_scanner head_;
  std::optional<boost::beast::http::status> refused_;
  std::string_view given_; // to the parser
  std::size_t max_extensions_;
  std::uint64_t chunk_left_ = 0;
  int version_ = 11;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  unsigned codings_ = 0;
  bool chunked_only_ = true;
  bool expects_continue_ = false;
  bool closes_ = false;
  bool keeps_ = false;
};

} // namespace tally
