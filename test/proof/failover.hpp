#pragma once

#include "crowd.hpp"
#include "history.hpp"
#include "redis_group.hpp"
#include "tally_process.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tally::test {

/// A fault of a redis_group.
enum class failover_fault {
  kill,      ///< SIGKILL to the master
  cut_20_ms, ///< the replicas lose the master for this time, and then it is killed
  cut_300_ms,
  cut_4_s,
  switch_over, ///< SENTINEL FAILOVER
  isolate,     ///< the master and one Tally lose the replicas, the sentinels and the other Tally
};

inline constexpr std::size_t failover_fault_count = 6;

/// Two Tallys of two workers each and their visitors, while a group of Redis servers has faults. A
/// proxy leads each Tally to the master on which the sentinels agree. Records one history, from an
/// empty Redis to the verdict.
class failover_proof {
public:
  /// `replicas` is TALLY_REDIS_REPLICAS. Prints the head of the table.
  explicit failover_proof(int replicas);

  /// Waits until the group is complete, causes the fault, waits until both Tallys count again, and
  /// prints a row of the table.
  void run(failover_fault fault);

  /// Ends the visits and prints the violations. Returns the violations.
  std::vector<std::string> finish();

  /// Numbers that were shown more than once so far.
  std::size_t repeated_numbers() const;

private:
  void follow_master(const std::stop_token& stop);
  void cause(failover_fault fault);
  void kill_master_after_cut(std::chrono::milliseconds duration);
  void isolate_master();
  void wait_until_counting();

  redis_group group_;
  std::array<link_proxy, 2> entries_; // one for each Tally
  std::atomic<bool> isolated_{false}; // the first Tally does not see another master
  std::list<tally_process> tallys_;
  history outcomes_;
  std::list<crowd> visitors_;
  std::jthread follower_;
};

} // namespace tally::test
