#pragma once

#include "clock.hpp"
#include "connection.hpp"
#include "response_size.hpp"
#include "statistics.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace open_loop {

/// Connections to a loopback port, each with at most one request in flight. One that breaks is
/// opened again after `retry_pause`.
class connections {
public:
  connections(std::size_t count, std::uint16_t port, statistics& results)
      : statistics_(results), port_(port), all_(count)
  {
    for (auto& each : all_)
      connect(each);
  }

  bool all_idle() const { return idle_.size() == all_.size(); }
  bool has_idle() const { return !idle_.empty(); }
  std::size_t in_flight() const { return in_flight_; }

  /// Requests whose connection broke before the response came.
  std::size_t lost() const { return lost_; }

  /// Sends on the connection that has been idle longest. False: it broke, and the request was not
  /// sent in full.
  bool send(const std::string& request, nanoseconds due)
  {
    auto& each = *idle_.front();
    if (::send(each.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      fail_read(each);
      return false;
    }
    idle_.pop_front();
    each.state = connection_state::busy;
    each.due = due;
    ++in_flight_;
    return true;
  }

  void reconnect(nanoseconds time)
  {
    while (!closed_.empty() && closed_.front().time <= time) {
      auto& each = *closed_.front().closed;
      closed_.pop_front();
      connect(each);
    }
  }

  /// Waits for events until `deadline`, and handles those that came together.
  void handle_events(nanoseconds deadline)
  {
    const auto pause = std::max<nanoseconds>(deadline - now(), 0);
    const timespec timeout{pause / second, pause % second};
    std::array<epoll_event, 512> events{};
    const auto count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
    for (int index = 0; index < count; ++index) {
      auto& each = *static_cast<connection*>(events[static_cast<std::size_t>(index)].data.ptr);
      if (each.state == connection_state::connecting)
        finish_connect(each);
      else if (each.state != connection_state::closed)
        read(each);
    }
  }

  /// Adds the requests in flight to the statistics.
  void add_unanswered(nanoseconds time)
  {
    for (const auto& each : all_)
      if (each.state == connection_state::busy)
        statistics_.add_unanswered(each.due, time);
  }

private:
  static constexpr nanoseconds retry_pause = second / 10;

  struct retry {
    nanoseconds time;
    connection* closed;
  };

  void connect(connection& each)
  {
    if (!start_connect(each, port_))
      return fail_connect(each);
    each.state = connection_state::connecting;
    watch(each, EPOLL_CTL_ADD, EPOLLOUT);
  }

  void finish_connect(connection& each)
  {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(each.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0)
      return fail_connect(each);
    watch(each, EPOLL_CTL_MOD, EPOLLIN);
    set_idle(each);
  }

  void watch(connection& each, int operation, std::uint32_t events) const
  {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &each;
    epoll_ctl(epoll_, operation, each.fd, &event);
  }

  void read(connection& each)
  {
    const auto count =
        recv(each.fd, each.buffer.data() + each.size, each.buffer.size() - each.size, 0);
    if (count < 0 && errno == EAGAIN)
      return;
    if (count <= 0 || each.state != connection_state::busy)
      return fail_read(each);
    each.size += static_cast<std::size_t>(count);
    const std::string_view text{each.buffer.data(), each.size};
    const auto size = response_size(text, each.buffer.size());
    if (size == 0)
      return;
    if (size != each.size) // no length, too long, or more than one response
      return fail_read(each);
    statistics_.add_response(each.due, text.starts_with("HTTP/1.1 200"));
    --in_flight_;
    set_idle(each);
  }

  void set_idle(connection& each)
  {
    each.state = connection_state::idle;
    each.size = 0;
    idle_.push_back(&each);
  }

  void fail_connect(connection& each)
  {
    statistics_.add_connect_error();
    close(each);
  }

  void fail_read(connection& each)
  {
    statistics_.add_read_error();
    close(each);
  }

  void close(connection& each)
  {
    if (each.state == connection_state::busy)
      --in_flight_, ++lost_;
    if (each.state == connection_state::idle)
      std::erase(idle_, &each);
    ::close(each.fd);
    each.state = connection_state::closed;
    closed_.push_back({now() + retry_pause, &each});
  }

  statistics& statistics_;
  std::uint16_t port_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<connection> all_;
  std::deque<connection*> idle_; // longest idle first
  std::deque<retry> closed_;
  std::size_t in_flight_ = 0, lost_ = 0;
};

} // namespace open_loop
