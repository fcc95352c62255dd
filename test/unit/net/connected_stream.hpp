#pragma once

#include "catch.hpp"

#include <tally/base/error.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/socket_stream.hpp>

#include <boost/asio/error.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

/// A stream on one end of a pair of sockets, and its peer on the other. Counts the stream's events.
class connected_stream final : tally::stream::event_handler {
public:
  connected_stream() { stream.open(*this); }
  ~connected_stream() { close_peer(); }
  connected_stream(const connected_stream&) = delete;
  connected_stream& operator=(const connected_stream&) = delete;

  /// Handles all events that are pending.
  void run_turns()
  {
    for (int i = 0; i != 3; ++i) {
      loop_.post([] {}); // so that the turn does not wait
      loop_.run_turn();
    }
  }

  /// A read of at most `size` bytes, which must succeed.
  std::string read(std::size_t size = 64)
  {
    std::string buffer(size, ' ');
    const auto count = stream.read(buffer);
    REQUIRE(count.has_value());
    buffer.resize(*count);
    return buffer;
  }

  tally::error_code read_error()
  {
    std::string buffer(64, ' ');
    return stream.read(buffer).error();
  }

  /// Writes until the stream blocks; returns how many bytes were written.
  std::size_t fill()
  {
    const std::string piece(16384, 'x');
    std::size_t written = 0;
    for (int i = 0; i != 10'000; ++i) {
      const auto count = stream.write(piece);
      if (count.has_error()) {
        REQUIRE(count.error() == boost::asio::error::would_block);
        return written;
      }
      written += *count;
    }
    FAIL("the stream does not block");
    return written;
  }

  void send_from_peer(std::string_view bytes)
  {
    REQUIRE(send(ends_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }

  /// Returns all bytes that have arrived at the peer.
  std::string receive_at_peer()
  {
    std::string received;
    std::array<char, 4096> piece{};
    for (ssize_t n = 0; (n = recv(ends_[1], piece.data(), piece.size(), 0)) > 0;)
      received.append(piece.data(), static_cast<std::size_t>(n));
    return received;
  }

  /// Whether the peer has read all bytes and the end of the stream.
  bool peer_at_end()
  {
    char byte = 0;
    return recv(ends_[1], &byte, 1, 0) == 0;
  }

  void shut_down_peer() { REQUIRE(shutdown(ends_[1], SHUT_WR) == 0); }

  void close_peer()
  {
    if (ends_[1] >= 0)
      close(std::exchange(ends_[1], -1));
  }

  int readable_events = 0;
  int writable_events = 0;

private:
  static std::array<int, 2> make_socket_pair()
  {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return ends;
  }
  void on_readable() override { ++readable_events; }
  void on_writable() override { ++writable_events; }

  tally::event_loop loop_;
  std::array<int, 2> ends_ = make_socket_pair();

public:
  tally::socket_stream stream{ends_[0], loop_};
};
