#pragma once

#include <tally/batcher.hpp>
#include <tally/redis_settings.hpp>
#include <tally/counter.hpp>
#include <tally/event_loop.hpp>
#include <tally/high_water_marks.hpp>
#include <tally/pending_total.hpp>
#include <tally/redis_command.hpp>
#include <tally/redis_connection.hpp>
#include <tally/timer.hpp>
#include <tally/total_reader.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// Counts in Redis. Each visit is counted once or not at all, whatever happens to the connection
/// (see batcher).
class redis_counter final : public counter {
public:
  /// Borrows everything. The connection is set up with setup_commands().
  redis_counter(event_loop& loop, redis_connection& connection, const redis_settings& settings,
                high_water_marks& marks);

  std::vector<redis_command> setup_commands() { return batcher_.setup_commands(); }

  void count(std::string_view name, pending_total& visit) override;
  void total(std::string_view name, pending_total& request) override;
  std::string trouble() override;

  const batch_statistics& statistics() const { return statistics_; }

private:
  void probe();
  awaitable<void> run_probe();
  void arm_deadline_timer();
  void expire();

  event_loop& loop_;
  redis_connection& connection_;
  const redis_settings& settings_;
  batch_statistics statistics_;
  batcher batcher_;
  total_reader total_reader_;
  pending_total_list<&pending_total::deadline_hook> visits_; // all of them, oldest first
  std::size_t waiting_ = 0;
  std::size_t totals_ = 0;
  timer deadline_; // of the oldest visit, while armed_
  bool armed_ = false;
  bool probing_ = false;
};

} // namespace tally
