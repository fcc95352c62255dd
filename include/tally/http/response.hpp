#pragma once

#include <boost/beast/http/status.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tally {

/// A response before it is serialized.
struct response {
  boost::beast::http::status status = boost::beast::http::status::ok;
  /// One or more lines, each with its line end.
  std::string body{};
  std::string_view content_type = "text/plain; charset=utf-8";
  /// The allowed methods (RFC 9110, 10.2.1); empty: no Allow field.
  std::string_view allow{};
  /// When a retry makes sense (RFC 9110, 10.2.3); 0: no Retry-After field.
  std::chrono::seconds retry_after{0};
  /// The value of Cache-Control (RFC 9111, 5.2.2); empty: no such field.
  std::string_view cache_control{};
  /// The entity tag, with its quotes (RFC 9110, 8.8.3); empty: no ETag field.
  std::string_view etag{};
  /// The value of Content-Security-Policy; empty: no such field.
  std::string_view content_security_policy{};
  /// Another Accept field may select another response (RFC 9110, 12.5.5).
  bool varies = false;
  /// Pages of other origins may read the response, with its `Retry-After` (Fetch, CORS protocol).
  bool cross_origin = false;
  /// Pages of other origins may send the methods in `allow`, with any header except Authorization.
  bool preflight = false;
};

/// Caches must not store the response.
inline constexpr std::string_view no_store = "no-store";

/// A response of one line of text.
response text_response(boost::beast::http::status status, std::string_view line);

/// The line of the error response to an invalid request. It depends on the status only, and repeats
/// nothing of the request.
std::string_view error_text(boost::beast::http::status status);

/// How the message depends on the request and the connection.
struct framing {
  /// The request is a HEAD: send the length of the body, but not the body (RFC 9110, 9.3.2).
  bool head = false;
  /// The connection ends with this message.
  bool close = false;
  /// The request is HTTP/1.0, where a connection closes unless the response keeps it alive.
  bool http_1_0 = false;
};

/// Appends the message, header and body, to `output`.
void serialize(const response& response, const framing& framing, std::string_view date,
               std::string& output);

} // namespace tally
