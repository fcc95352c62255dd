#pragma once

#include <tally/config.hpp>
#include <tally/log.hpp>
#include <tally/redis_connection.hpp>
#include <tally/redis_counter.hpp>
#include <tally/router.hpp>
#include <tally/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tally {

/// All that one thread needs to turn visits into numbers: a loop, a connection to Redis, a counter
/// on it, and a server that asks it. Workers share nothing but the log.
class worker {
public:
  /// Listens from now on; nothing is answered before run(). Borrows the settings and the log.
  worker(const config& settings, const asio::ip::tcp::endpoint& at, log& to, unsigned name);

  /// Serves on the calling thread until stop() has drained everything.
  void run();

  /// Begins to stop: sessions first, Redis last. From any thread.
  void stop();

private:
  awaitable<void> drain();

  asio::io_context loop_{1};
  redis_connection connection_;
  redis_counter counter_;
  router router_;
  server server_;
};

} // namespace tally
