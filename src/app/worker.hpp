#pragma once

#include "app/config.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/counting/redis_counter.hpp>
#include <tally/http/server.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/listener.hpp>
#include <tally/net/resolver.hpp>
#include <tally/redis/connection.hpp>
#include <tally/web/router.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>

namespace tally {

/// All that one thread needs to turn visits into numbers: a loop, a connection to Redis, a counter
/// on it, and a server that asks it. Workers share nothing but the log, the resolver and the
/// high-water marks.
class worker {
public:
  /// Owns the listening descriptor, on which nothing is answered before run(). Borrows the
  /// settings, the resolver, the marks and the log.
  worker(const config& settings, const listening& on, resolver& names, high_water_marks& marks,
         log& to, unsigned name);

  /// Serves on the calling thread until stop() has drained everything.
  void run();

  /// Begins to stop: sessions first, Redis last. From any thread. Calls `drained` on the worker's
  /// thread when every visitor has an answer; run() ends soon after.
  void stop(std::function<void()> drained);

private:
  awaitable<void> drain(std::function<void()> drained);

  event_loop loop_;
  log& log_;
  unsigned name_;
  redis_connection connection_;
  redis_counter counter_;
  router router_;
  server server_;
};

} // namespace tally
