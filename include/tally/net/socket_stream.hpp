#pragma once

#include <tally/net/event_loop.hpp>
#include <tally/net/stream.hpp>

namespace tally {

/// A stream over a connected socket.
class socket_stream final : public stream, event_loop::event_handler {
public:
  /// Owns the descriptor, which must be non-blocking. Borrows the loop.
  socket_stream(int descriptor, event_loop& loop) : descriptor_{descriptor}, loop_{loop} {}
  ~socket_stream() override { close(); }
  socket_stream(const socket_stream&) = delete;
  socket_stream& operator=(const socket_stream&) = delete;

  void open(stream::event_handler& handler) override;
  bool readable() override;
  result<std::size_t> read(std::span<char> buffer) override;
  result<std::size_t> write(std::string_view bytes) override;
  void shutdown() override;
  void close() override;

private:
  void on_events(std::uint32_t events) override;
  void rearm();

  int descriptor_;
  event_loop& loop_;
  stream::event_handler* handler_ = nullptr;
  bool readable_ = false;
  bool end_reported_ = false;
  bool write_blocked_ = false;
  bool event_unread_ = false; // nothing was read since the last event
};

} // namespace tally
