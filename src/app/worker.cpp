#include "app/worker.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace tally {

worker::worker(const config& settings, const listening& on, resolver& names,
               high_water_marks& marks, log& to, unsigned name)
    : log_{to}, name_{name},
      connection_{loop_, names, settings.redis, [this] { return counter_.setup_commands(); },
                  to,    name},
      counter_{loop_, connection_, settings.redis, marks}, router_{counter_},
      server_{on.descriptors[name], loop_, router_, settings.http, to}
{
}

void worker::run()
{
  asio::co_spawn(loop_.get_executor(), connection_.run(), rethrow);
  loop_.run();
  const batch_statistics& did = counter_.statistics();
  log_.info("counted", {{"worker", name_},
                        {"visits", did.visits},
                        {"batches", did.batches},
                        {"largest_batch", did.largest},
                        {"resends", did.resends},
                        {"resolved_by_record", did.by_record},
                        {"unknown", did.unknown}});
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
  loop_.stop();
  drained();
}

} // namespace tally
