#include "app/worker_pool.hpp"

#include <boost/asio/post.hpp>

#include <csignal>
#include <cstdlib>

namespace tally {
namespace {

// Added to the time of the drain, after which every visit has its response. Only the look-up of
// REDIS_HOST may take longer: getaddrinfo(3) has no deadline and cannot be interrupted.
constexpr std::chrono::seconds hard_stop_margin{1};

constexpr std::chrono::minutes traffic_interval{1};

} // namespace

worker_pool::worker_pool(const config& settings, const listening& listening, log& log)
    : settings_{settings}, log_{log}, signals_{loop_, SIGTERM, SIGINT}, marks_{log},
      metrics_{settings, log, marks_}, traffic_{metrics_, log}
{
  for (unsigned index = 0; index != settings.threads; ++index)
    workers_.emplace_back(settings, listening, resolver_, marks_, metrics_, log, index);
  // One worker watches for all of them.
  workers_.front().watch_sentinels(
      settings.redis, resolver_, log,
      [this](const redis_address& sentinel, const redis_address& master) {
        for (worker& each : workers_)
          each.master_moved(sentinel, master);
      });
}

void worker_pool::start()
{
  running_threads_ = thread_count();
  start_thread(resolver_);
  for (worker& each : workers_)
    start_thread(each);
}

template <class Runnable>
void worker_pool::start_thread(Runnable& runnable)
{
  threads_.emplace_back([this, &runnable] {
    runnable.run();
    asio::post(loop_, [this] {
      if (--running_threads_ == 0) {
        hard_stop_.cancel();
        traffic_timer_.cancel();
      }
    });
  });
}

void worker_pool::run()
{
  signals_.async_wait([this](const error_code&, int signal) { drain(signal); });
  log_traffic();
  loop_.run();
  traffic_.write();
}

void worker_pool::log_traffic()
{
  traffic_timer_.expires_after(traffic_interval);
  traffic_timer_.async_wait([this](const error_code& cancelled) {
    // A handler that was queued before cancel() runs without an error.
    if (cancelled || running_threads_ == 0)
      return;
    traffic_.write();
    log_traffic();
  });
}

void worker_pool::drain(int signal)
{
  log_.info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  signals_.remove(SIGINT); // a second Ctrl+C ends the process immediately
  draining_workers_ = workers_.size();
  for (worker& each : workers_)
    each.stop([this] {
      asio::post(loop_, [this] {
        if (--draining_workers_ == 0) {
          resolver_.stop();
          stop_hard_after(hard_stop_margin);
        }
      });
    });
  stop_hard_after(settings_.http.drain_delay + settings_.http.drain_grace + hard_stop_margin);
}

void worker_pool::stop_hard_after(std::chrono::milliseconds pause)
{
  hard_stop_.expires_after(pause);
  hard_stop_.async_wait([this](const error_code& cancelled) {
    if (cancelled)
      return;
    traffic_.write();
    log_.warning("stopped", {{"reason", "the look-up of REDIS_HOST cannot be interrupted"}});
    std::_Exit(EXIT_SUCCESS);
  });
}

} // namespace tally
