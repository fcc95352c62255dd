#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::test {

/// A blocking connection; no call waits longer than `patience`, and one that would throws.
class tcp_stream {
public:
  /// `host` is a numeric address, of either family; `source` one of this machine's to come from,
  /// for IPv4 only.
  explicit tcp_stream(std::uint16_t port, const std::string& host = "127.0.0.1",
                      const std::string& source = {});
  /// Takes over a connected socket.
  static tcp_stream adopt(int socket);
  ~tcp_stream();
  tcp_stream(tcp_stream&& other) noexcept;
  tcp_stream& operator=(tcp_stream&& other) noexcept;

  void send(std::string_view bytes);
  /// What has come, at least one byte; empty at the end of the stream.
  std::string read_some();
  /// Tells the peer that nothing more will be sent.
  void shutdown_send();

private:
  struct adopted {};
  tcp_stream(adopted, int socket);

  int socket_ = -1;
};

} // namespace tally::test
