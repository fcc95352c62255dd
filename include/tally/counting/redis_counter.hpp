#pragma once

#include <tally/base/statistics.hpp>
#include <tally/counting/batcher.hpp>
#include <tally/counting/counter.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/counting/memory_monitor.hpp>
#include <tally/counting/total_reader.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/settings.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// Counts in Redis. Each visit is counted once or not at all, whatever happens to the connection
/// (see batcher). At most `max_waiting` visits, and as many requests for totals, wait at a time;
/// more get errc::overloaded. While Redis is almost full, visits with an idempotency key get
/// errc::no_memory_for_key, so that the others find memory.
class redis_counter final : public counter {
public:
  /// Borrows everything. The connection must send setup_commands() when it connects.
  redis_counter(event_loop& loop, redis_connection& connection, const redis_settings& settings,
                high_water_marks& marks);

  std::vector<redis_command> setup_commands() { return batcher_.setup_commands(); }

  void count(std::string_view name, pending_total& visit) override;
  void total(std::string_view name, pending_total& request) override;
  std::string error() override;

  const batch_statistics& statistics() const { return statistics_; }
  /// How many visits wait for their outcome.
  const statistic& waiting_visits() const { return waiting_visits_; }

private:
  void probe();
  awaitable<void> run_probe();
  void arm_deadline_timer();
  void expire_visits();

  event_loop& loop_;
  redis_connection& connection_;
  const redis_settings& settings_;
  batch_statistics statistics_;
  batcher batcher_;
  total_reader total_reader_;
  memory_monitor memory_;
  pending_total_list<&pending_total::deadline_hook> visits_; // without an outcome, oldest first
  statistic waiting_visits_;
  statistic waiting_totals_;
  timer deadline_timer_; // for the oldest visit
  bool probing_ = false;
};

} // namespace tally
