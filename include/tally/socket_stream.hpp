#pragma once

#include <tally/poller.hpp>
#include <tally/stream.hpp>

namespace tally {

/// A stream over a connected TCP socket.
class socket_stream final : public stream, poller::subscriber {
public:
  /// Owns the descriptor, which does not block. Borrows the poller.
  socket_stream(int descriptor, poller& on) : descriptor_{descriptor}, poller_{on} {}
  ~socket_stream() override { close(); }
  socket_stream(const socket_stream&) = delete;
  socket_stream& operator=(const socket_stream&) = delete;

  void open(owner& whom) override;
  bool readable() override;
  result<std::size_t> read(std::span<char> into) override;
  result<std::size_t> write(std::string_view bytes) override;
  void shutdown() override;
  void close() override;

private:
  void on_events(std::uint32_t events) override;
  void rearm();

  int descriptor_;
  poller& poller_;
  owner* owner_ = nullptr;
  bool readable_ = false;
  bool ends_ = false;
  bool write_blocked_ = false;
  bool told_ = false; // and has not read since
};

} // namespace tally
