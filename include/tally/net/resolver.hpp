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

/// Looks up the addresses of Redis, for all workers on one thread: getaddrinfo(3) blocks and has no
/// deadline. Asio's asynchronous look-up would start such a thread for each worker at its first
/// use, when it is too late to end with an error if the thread cannot be started.
class resolver {
public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;
  using handler = std::function<void(error_code failure, endpoints found)>;

  resolver(std::string host, std::uint16_t port);

  /// Looks up on the calling thread until stop().
  void run() { loop_.run(); }

  /// Ends run(), after the look-up under way. From any thread.
  void stop() { loop_.stop(); }

  /// Posts `done` with the result to `loop`. A look-up under way is shared, not repeated. From any
  /// thread; `loop` must outlive run().
  void resolve(event_loop& loop, handler done);

private:
  struct request {
    event_loop* loop;
    handler done;
  };

  void look_up();

  std::string host_;
  std::string port_;
  asio::io_context loop_{1};
  asio::executor_work_guard<executor> work_{loop_.get_executor()};
  std::mutex mutex_;
  std::vector<request> requests_; // of the look-up that is queued or under way
};

} // namespace tally
