#pragma once

#include "tcp_stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::test {

/// One answer as it came over the wire.
struct http_response {
  std::string version;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The value of a field whatever its case; empty when it is not there.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Whether the server says that it closes the connection.
  bool closes() const { return header("Connection") == "close"; }
  /// The body of a counting answer as a number; throws when it is anything but digits and a
  /// newline.
  long long number() const;
};

/// One HTTP/1.1 connection that sends exactly the bytes it is given.
class http_client {
public:
  /// To `port` of `host`, from `source` where that matters: as tcp_stream takes them.
  explicit http_client(std::uint16_t port, const std::string& host = "127.0.0.1",
                       const std::string& source = {})
      : stream_{port, host, source}
  {
  }

  void send(std::string_view bytes) { stream_.send(bytes); }
  void shutdown_send() { stream_.shutdown_send(); }
  /// Whether something came that was not read, be it the end.
  bool readable() const { return !received_.empty() || stream_.readable(); }

  /// One answer. `to_head`: an answer to HEAD, which has no body whatever its Content-Length says.
  /// Throws when the connection ends or nothing comes before it is whole.
  http_response read(bool to_head = false);

  /// Sends a request with a Host field and the given others ("Name: value\r\n...") and reads its
  /// answer.
  http_response request(std::string_view method, std::string_view target,
                        std::string_view fields = {});
  http_response get(std::string_view target, std::string_view fields = {})
  {
    return request("GET", target, fields);
  }

  /// Waits for the end of the stream; false when bytes come instead.
  bool ended();

private:
  std::string read_head();
  std::string read_chunks();
  std::string read_exactly(std::size_t size);
  void read_more();

  tcp_stream stream_;
  std::string received_;
};

/// The bytes of a request without a body.
std::string request_text(std::string_view method, std::string_view target,
                         std::string_view fields = {});

/// One request on a connection of its own.
http_response fetch(std::uint16_t port, std::string_view target, std::string_view method = "GET",
                    std::string_view fields = {});

} // namespace tally::test
