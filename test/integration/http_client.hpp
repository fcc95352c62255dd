#pragma once

#include "tcp_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::test {

/// A response as received.
struct http_response {
  std::string version;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The value of a field, whatever the case of its name; empty when it is missing.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Whether the response has `Connection: close`.
  bool closes() const { return header("Connection") == "close"; }
  /// The body as a number; throws when it is anything but digits and a newline.
  long long number() const;
};

/// An HTTP/1.1 connection that sends exactly the given bytes.
class http_client {
public:
  /// Connects as tcp_stream does.
  explicit http_client(std::uint16_t port, const std::string& host = "127.0.0.1",
                       const std::string& source = {})
      : stream_{tcp_stream{port, host, source}}
  {
  }

  void send(std::string_view bytes) { stream_.send(bytes); }
  void shutdown_send() { stream_.shutdown_send(); }
  /// Whether unread bytes, or the end of the stream, have arrived.
  bool readable() const { return stream_.readable(); }

  /// Reads one response. `without_body`: the request was HEAD, so that no body follows, whatever
  /// the Content-Length. Throws when the response does not arrive as a whole.
  http_response read(bool without_body = false);

  /// Sends a request with a Host field and the given others ("Name: value\r\n...") and reads its
  /// response.
  http_response request(std::string_view method, std::string_view target,
                        std::string_view fields = {});
  http_response get(std::string_view target, std::string_view fields = {})
  {
    return request("GET", target, fields);
  }

  /// Sends the requests together, so that their visits are in one batch, and reads the responses.
  std::vector<http_response> pipeline(const std::vector<std::string>& requests);

  /// Waits for the end of the stream; false when bytes arrive instead.
  bool ended() { return stream_.ended(); }

private:
  std::string read_chunks();

  buffered_tcp_stream stream_;
};

/// The bytes of a request without a body.
std::string request_text(std::string_view method, std::string_view target,
                         std::string_view fields = {});
/// The bytes of GET /count: one visit.
std::string visit_text();
/// The bytes of POST /count with these fields and this body.
std::string post_text(std::string_view fields, std::string_view body = {});
/// The same with a chunked body; `body` includes the framing of its chunks.
std::string chunked_post_text(std::string_view body);
/// The Content-Length field with its line end.
std::string content_length(std::size_t size);

/// Sends one request on a new connection and returns the response.
http_response fetch(std::uint16_t port, std::string_view target, std::string_view method = "GET",
                    std::string_view fields = {});

} // namespace tally::test
