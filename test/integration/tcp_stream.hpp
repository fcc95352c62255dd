#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tally::test {

/// A blocking connection. A call that would wait longer than `test_timeout` throws.
class tcp_stream {
public:
  /// `host` is a numeric address, IPv4 or IPv6; `source` is the local address, for IPv4 only.
  explicit tcp_stream(std::uint16_t port, const std::string& host = "127.0.0.1",
                      const std::string& source = {});
  /// Takes ownership of a connected socket.
  static tcp_stream adopt(int socket);
  ~tcp_stream();
  tcp_stream(tcp_stream&& other) noexcept;
  tcp_stream& operator=(tcp_stream&& other) noexcept;

  void send(std::string_view bytes);
  /// Waits for bytes and returns up to `max_bytes` of them; empty at the end of the stream. Each
  /// call allocates and clears `max_bytes`.
  std::string read_some(std::size_t max_bytes = 4096);
  /// Reads to the end of the stream.
  std::string read_all();
  /// Whether bytes, or the end of the stream, have arrived.
  bool readable() const;
  /// Limits the receive buffer of the system to about `bytes`.
  void limit_unread(int bytes);
  /// Closes the sending direction.
  void shutdown_send();
  /// Closes the connection with a TCP reset.
  void reset();

private:
  struct adopted {};
  tcp_stream(adopted, int socket);

  int socket_ = -1;
};

/// A tcp_stream that is read by delimiter or by size.
class buffered_tcp_stream {
public:
  explicit buffered_tcp_stream(tcp_stream stream) : stream_{std::move(stream)} {}

  void send(std::string_view bytes) { stream_.send(bytes); }
  void shutdown_send() { stream_.shutdown_send(); }
  /// Whether unread bytes, or the end of the stream, have arrived.
  bool readable() const { return !received_.empty() || stream_.readable(); }
  /// Waits for the end of the stream; false when bytes arrive instead.
  bool ended() { return received_.empty() && stream_.read_some().empty(); }

  /// The bytes up to and including `delimiter`. Throws when the stream ends first.
  std::string read_until(std::string_view delimiter);
  /// Throws when the stream ends first.
  std::string read_exactly(std::size_t size);

private:
  void read_more();

  tcp_stream stream_;
  std::string received_;
};

} // namespace tally::test
