#pragma once

#include <tally/base/error.hpp>
#include <tally/net/event_loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace tally {

/// Looks up the addresses of Redis for all workers on one thread: getaddrinfo(3) blocks and has no
/// deadline. Asio's asynchronous look-up would start one thread per worker at its first use, when a
/// failure to start it could no longer be a start-up error.
class resolver {
public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;
  using handler = std::function<void(error_code error, endpoints found)>;

  resolver(std::string host, std::uint16_t port);

  /// Looks up on the calling thread until stop().
  void run() { loop_.run(); }

  /// Ends run() after the current look-up. Callable from any thread.
  void stop() { loop_.stop(); }

  /// Posts `on_resolved` with the result to `loop`, which must outlive run(). Concurrent requests
  /// share one look-up. Callable from any thread.
  void resolve(event_loop& loop, handler on_resolved);

private:
  struct request {
    event_loop* loop;
    handler on_resolved;
  };

  void look_up();

  std::string host_;
  std::string port_;
  asio::io_context loop_{1};
  asio::executor_work_guard<executor> work_{loop_.get_executor()};
  std::mutex mutex_;
  std::vector<request> requests_; // for the look-up that is queued or running
};

} // namespace tally
