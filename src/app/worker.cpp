#include "app/worker.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace tally {

worker::worker(const config& settings, const listening& listening, resolver& resolver,
               high_water_marks& marks, metrics& metrics, log& log, unsigned index)
    : connection_{loop_, resolver, settings.redis, [this] { return counter_.setup_commands(); },
                  log,   index},
      counter_{loop_, connection_, settings.redis, marks}, router_{counter_,
                                                                   [&metrics] {
                                                                     return metrics.text();
                                                                   }},
      server_{listening.descriptors[index], loop_, router_, settings.http, log}
{
  metrics.add({server_.statistics(), counter_.statistics(), counter_.waiting_visits(),
               connection_.statistics()});
}

void worker::run()
{
  asio::co_spawn(loop_.get_executor(), connection_.run(), rethrow);
  if (monitor_)
    monitor_->start();
  loop_.run();
}

void worker::watch_sentinels(const redis_settings& settings, resolver& resolver, log& log,
                             sentinel_monitor::handler on_switch)
{
  monitor_.emplace(loop_, resolver, settings, log, std::move(on_switch));
}

void worker::master_moved(const redis_address& sentinel, const redis_address& master)
{
  loop_.post([this, sentinel, master] { connection_.master_moved(sentinel, master); });
}

void worker::stop(std::function<void()> drained)
{
  loop_.post([this, drained = std::move(drained)] {
    asio::co_spawn(loop_.get_executor(), drain(drained), rethrow);
  });
}

awaitable<void> worker::drain(std::function<void()> drained)
{
  co_await server_.drain();
  connection_.stop();
  if (monitor_)
    monitor_->stop();
  loop_.stop();
  drained();
}

} // namespace tally
