#pragma once

#include "app/config.hpp"
#include "app/metrics.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/counting/redis_counter.hpp>
#include <tally/http/server.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/listener.hpp>
#include <tally/net/resolver.hpp>
#include <tally/redis/address.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/sentinel_monitor.hpp>
#include <tally/redis/settings.hpp>
#include <tally/web/router.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>

namespace tally {

/// All that one thread needs to count visits: a loop, a connection to Redis, a counter and a
/// server. Workers share only the settings, the log, the resolver, the high-water marks and the
/// metrics.
class worker {
public:
  /// Owns the listening descriptor of this index, and accepts nothing before run(). Adds itself to
  /// the metrics. Borrows everything else. `index` identifies the worker in the log.
  worker(const config& settings, const listening& listening, resolver& resolver,
         high_water_marks& marks, metrics& metrics, log& log, unsigned index);

  /// Serves on the calling thread until stop() has drained everything.
  void run();

  /// Watches the sentinels on this worker's loop, if there are any. Calls `on_switch` on the
  /// worker's thread. Before run(). Borrows everything.
  void watch_sentinels(const redis_settings& settings, resolver& resolver, log& log,
                       sentinel_monitor::handler on_switch);

  /// A sentinel has announced another master; see redis_connection. Callable from any thread.
  void master_moved(const redis_address& sentinel, const redis_address& master);

  /// Begins to stop: the sessions first, the connection to Redis last. Calls `drained` on the
  /// worker's thread when every request has its response; run() ends after that turn of the loop.
  /// Callable from any thread.
  void stop(std::function<void()> drained);

private:
  awaitable<void> drain(std::function<void()> drained);

  event_loop loop_;
  redis_connection connection_;
  redis_counter counter_;
  router router_;
  server server_;
  std::optional<sentinel_monitor> monitor_; // in one worker
};

} // namespace tally
