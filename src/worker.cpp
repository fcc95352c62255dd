#include <tally/worker.hpp>

#include <boost/asio/co_spawn.hpp>

#include <sys/prctl.h>
#include <utility>

namespace tally {

worker::worker(const config& settings, const listening& on, resolver& names,
               high_water_marks& marks, log& to, unsigned name)
    : log_{to}, name_{name}, poller_{loop_.get_executor()},
      connection_{loop_.get_executor(),
                  poller_,
                  names,
                  settings.redis,
                  [this] { return counter_.setup_commands(); },
                  to,
                  name},
      counter_{loop_.get_executor(), poller_, connection_, settings.redis, marks},
      router_{counter_},
      server_{on.descriptors[name], loop_.get_executor(), poller_, router_, settings.http, to}
{
}

void worker::run()
{
  // The kernel may be 50 us late to wake up a thread, unless it is told otherwise (prctl(2)). Those
  // who wait for the poller wait for less than that.
  prctl(PR_SET_TIMERSLACK, 1UL);
  asio::co_spawn(loop_, connection_.run(), rethrow);
  loop_.run();
  const lane_statistics& did = counter_.statistics();
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
  asio::co_spawn(loop_, drain(std::move(drained)), rethrow);
}

awaitable<void> worker::drain(std::function<void()> drained)
{
  co_await server_.drain();
  connection_.stop();
  counter_.stop();
  poller_.stop();
  drained();
}

} // namespace tally
