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

/// Beast's HTTP/1 parser, reduced to the parts of a request that determine its response: it
/// discards the body, and allocates only the strings of the request. The head_scanner checks the
/// head first, and this class adds the rules of RFC 9110 and 9112 that Beast does not enforce, so
/// that Tally and a proxy never disagree on where a request ends. docs/http.md lists the rules.
class request_parser : boost::beast::http::basic_parser<true> {
public:
  /// Parses one message into `request`, which it clears first and which must outlive the parser.
  request_parser(request& request, const http_settings& limits);

  /// Parses a part of `bytes` and returns its size. The next call must begin with the bytes that
  /// are left, and have more after them. Not to be called after the message is complete or in
  /// error.
  std::size_t parse(std::span<char> bytes);

  /// Whether the whole message was parsed, to the last byte of its body.
  bool complete() const { return is_done() && !error_status_; }

  /// The status of the error response if the message is invalid. The beginning of the next message
  /// is unknown then.
  std::optional<boost::beast::http::status> error_status() const { return error_status_; }

  /// Returns true, once, if the client waits for a 100 before it sends the body (RFC 9110, 10.1.1).
  bool consume_expect_continue();

  /// Whether the connection persists after the response (RFC 9112, 9.3). Only for complete
  /// messages.
  bool keeps_alive() const
  {
    return !close_requested_ && (version_ >= 11 || keep_alive_requested_);
  }

  /// 10 or 11, for HTTP/1.0 and HTTP/1.1.
  int version() const { return version_; }

private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, string_view method_text, string_view target,
                       int version, error_code& error) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  // Before Boost 1.90 also called for trailer fields.
  void on_field_impl(boost::beast::http::field name, string_view name_text, string_view value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view extensions, error_code& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override
  {
    chunk_left_ -= body.size();
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
  // Pure virtual since Boost 1.90, absent before: hence no `override`.
  virtual void on_trailer_field_impl(boost::beast::http::field, string_view, string_view,
                                     error_code&)
  {
  }

  void refuse(boost::beast::http::status code, error_code& error);
  boost::beast::http::status status_for(error_code error) const;
  bool between_chunks() const;

  request& request_;
  head_scanner head_;
  std::optional<boost::beast::http::status> error_status_;
  std::string_view parsing_;   // the bytes passed to Beast's parser
  std::size_t max_extensions_; // bytes that are left for the extensions of all chunks
  std::uint64_t chunk_left_ = 0;
  int version_ = 11;
  unsigned hosts_ = 0; // fields
  unsigned content_lengths_ = 0;
  unsigned transfer_codings_ = 0;
  bool chunked_only_ = true;
  bool expects_continue_ = false;
  bool close_requested_ = false;
  bool keep_alive_requested_ = false;
};

} // namespace tally
