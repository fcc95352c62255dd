#pragma once

#include <tally/config.hpp>
#include <tally/counter.hpp>
#include <tally/high_water_mark.hpp>
#include <tally/lane.hpp>
#include <tally/log.hpp>
#include <tally/poller.hpp>
#include <tally/redis_command.hpp>
#include <tally/redis_connection.hpp>
#include <tally/visit.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tally {

/// Counts in Redis: the default counter is the key `visits`, another one `visits:{name}`. Each
/// visit is counted once or not at all, whatever happens to the connection (see lane).
class redis_counter final : public counter {
public:
  /// Borrows everything. The connection is set up with setup_commands().
  redis_counter(executor loop, poller& with, redis_connection& connection,
                const redis_settings& settings, high_water_marks& marks);

  /// The commands that set up the next connection. They load the script and write a record, which
  /// shows that this Redis is no replica and that its disk is not full.
  std::vector<redis_command> setup_commands();

  void count(std::string_view name, visit& who) override;
  void total(std::string_view name, visit& who) override;
  std::string trouble() override;

  /// Lets the loop end: nothing is counted any more.
  void stop() { oldest_.cancel(); }

  const lane_statistics& statistics() const { return statistics_; }

private:
  static redis_command probe_of(std::string_view counter, std::string_view record,
                                std::chrono::milliseconds life);
  void probe();
  awaitable<void> run_probe();
  void wake_lanes();
  bool unsettled() const;
  awaitable<void> tell_total(redis_command get, visit_list<&visit::by_lane> whom);
  result<std::int64_t> told_by(const redis_reply& reply);
  lane& lane_for(std::string_view name);
  void watch_deadlines();
  void expire();

  executor loop_;
  poller& poller_;
  redis_connection& connection_;
  const redis_settings& settings_;
  high_water_marks& marks_;
  writer writer_;
  lane_statistics statistics_;
  std::map<std::string, lane, std::less<>> lanes_;
  visit_list<&visit::by_age> visits_; // all of them, oldest first
  std::size_t waiting_ = 0;
  std::size_t totals_ = 0;
  timer oldest_; // the deadline of the oldest visit, while watched_
  bool watched_ = false;
  bool probing_ = false;
};

} // namespace tally
