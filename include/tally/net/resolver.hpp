#pragma once

#include <tally/base/error.hpp>
#include <tally/net/event_loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tally {

/// Looks up the addresses of Redis for all workers on one thread: getaddrinfo(3) blocks and has no
/// deadline. Asio's asynchronous look-up would start one thread per worker at its first use, when a
/// failure to start it could no longer be a start-up error.
class resolver {
public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;
  using handler = std::function<void(error_code error, endpoints found)>;

  /// Looks up on the calling thread until stop().
  void run() { loop_.run(); }

  /// Ends run() after the current look-up. Callable from any thread.
  void stop() { loop_.stop(); }

  /// Posts `on_resolved` with the addresses of `host`, each with this port, to `loop`, which must
  /// outlive run(). Concurrent requests for the same host and port share one look-up. Callable from
  /// any thread.
  void resolve(event_loop& loop, const std::string& host, std::uint16_t port, handler on_resolved);

private:
  struct request {
    event_loop* loop;
    handler on_resolved;
  };

  using host_and_port = std::pair<std::string, std::uint16_t>;

  void look_up(const host_and_port& target);

  asio::io_context loop_{1};
  asio::executor_work_guard<executor> work_{loop_.get_executor()};
  std::mutex mutex_;
  std::map<host_and_port, std::vector<request>> requests_; // their look-ups are queued or running
};

} // namespace tally
