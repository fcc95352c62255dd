#pragma once

#include <cstddef>
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
  /// What has arrived, between one byte and `at_most`; empty at the end of the stream. Each call
  /// allocates and clears that much.
  std::string read_some(std::size_t at_most = 4096);
  /// Whether bytes, or the end of the stream, have come already.
  bool readable() const;
  /// Lets the system hold about so many bytes that were not read, and no more.
  void limit_unread(int bytes);
  /// Tells the peer that nothing more will be sent.
  void shutdown_send();
  /// Goes without a farewell: the peer finds the connection reset.
  void reset();

private:
  struct adopted {};
  tcp_stream(adopted, int socket);

  int socket_ = -1;
};

} // namespace tally::test
