#pragma once

#include "fault_proxy.hpp"

#include <tally/base/clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tally::test {

/// Completes with a tuple that begins with the error_code.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_tuple{use_awaitable};

using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;

/// This port of 127.0.0.1.
asio::ip::tcp::endpoint loopback_endpoint(std::uint16_t port);

/// Keeps a Tally that is started later from inheriting the socket, which would stay open after the
/// proxy has closed it.
void close_on_exec(int socket);

/// One connection from Tally, and its own connection to Redis. One coroutine forwards commands and
/// one forwards replies; each keeps the relay alive. Runs on the proxy's loop only.
class fault_proxy::relay : public std::enable_shared_from_this<relay> {
public:
  relay(fault_proxy& proxy, tcp_socket tally);

  awaitable<void> run();
  void close();

  /// Delivers the held batch and returns the reply; empty if the connection closed first.
  awaitable<std::string> deliver();

private:
  struct expected_reply {
    bool batch = false;
    bool held = false;
    std::optional<fault> injected{};
  };

  awaitable<void> forward_commands();
  void hold(std::string command);
  awaitable<void> forward_replies();
  awaitable<void> apply(const fault& injected, std::string_view reply);
  awaitable<void> sleep(std::chrono::milliseconds duration);

  using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

  fault_proxy& proxy_;
  tcp_socket tally_;
  tcp_socket redis_;
  timer delay_timer_;
  timer closed_;                                // expires when close() is called
  std::deque<expected_reply> expected_replies_; // in the order of their commands
  bool silent_ = false;
  std::string held_command_;
  std::string held_reply_;
};

} // namespace tally::test
