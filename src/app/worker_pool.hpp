#pragma once

#include "app/config.hpp"
#include "app/metrics.hpp"
#include "app/traffic_log.hpp"
#include "app/worker.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/net/listener.hpp>
#include <tally/net/resolver.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <thread>
#include <vector>

namespace tally {

/// All workers, each on a thread of its own, with the resolver that they share and the signals that
/// stop them.
class worker_pool {
public:
  /// Catches SIGTERM and SIGINT from now on. Owns the listening descriptors. Borrows the settings
  /// and the log.
  worker_pool(const config& settings, const listening& listening, log& log);

  /// Workers and resolver.
  std::size_t thread_count() const { return workers_.size() + 1; }

  /// Starts all threads. Throws std::system_error if the system has no more of them: those that
  /// have started cannot be joined then, and the caller must end the process without unwinding.
  void start();

  /// Waits for a signal, drains the workers, and returns when all threads have ended. Ends the
  /// process if a look-up of REDIS_HOST prevents that. After start().
  void run();

private:
  template <class Runnable>
  void start_thread(Runnable& runnable);
  void drain(int signal);
  void log_traffic();
  void stop_hard_after(std::chrono::milliseconds pause);

  const config& settings_;
  log& log_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer hard_stop_{loop_};
  resolver resolver_;
  high_water_marks marks_;
  metrics metrics_;
  traffic_log traffic_;
  boost::asio::steady_timer traffic_timer_{loop_};
  std::list<worker> workers_;
  std::size_t running_threads_ = 0;
  std::size_t draining_workers_ = 0;
  std::vector<std::jthread> threads_; // last: joined before the rest is destroyed
};

} // namespace tally
