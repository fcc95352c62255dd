#pragma once

#include <boost/beast/http/status.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tally {

/// What a request is answered with, before it takes the form of a message.
struct response {
  boost::beast::http::status status = boost::beast::http::status::ok;
  /// One line or a few, each with its line end.
  std::string body{};
  std::string_view content_type = "text/plain; charset=utf-8";
  /// The methods that are allowed (RFC 9110, 10.2.1); empty: say nothing.
  std::string_view allow{};
  /// When trying again makes sense (RFC 9110, 10.2.3); 0: say nothing.
  std::chrono::seconds retry_after{0};
  /// A cache must not answer in our place.
  bool no_store = false;
  /// A page of another origin may read it, `Retry-After` included (Fetch, CORS protocol).
  bool cross_origin = false;
  /// It permits a page of another origin to send the methods of `allow`, with any header but
  /// Authorization.
  bool preflight = false;
};

/// A response of one line of text: an error's only form.
response plain_answer(boost::beast::http::status status, std::string_view line);

/// The answer to a message that could not be read: its own words for each status, and nothing of
/// what was sent.
response refusal(boost::beast::http::status status);

/// How the message that carries a response depends on the request and the connection.
struct framing {
  /// A HEAD is answered with the length of a body that is not sent (RFC 9110, 9.3.2).
  bool head = false;
  /// The connection ends with this message.
  bool close = false;
  /// HTTP/1.0 ends a connection unless told otherwise.
  bool http_1_0 = false;
};

/// Appends the message to `out`: header and body in one piece, for one write.
void serialize(const response& response, const framing& framing, std::string_view date,
               std::string& out);

} // namespace tally
