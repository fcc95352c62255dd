#pragma once

#include "failover.hpp"
#include "redis_group.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tally::test {

/// Fail-overs of a master with two replicas and three sentinels, through which the Tallys find the
/// master.
class sentinel_failover : public failover_proof {
public:
  std::vector<fault> faults() override;
  int all_replicas() const override { return 2; }

protected:
  environment settings_of(const std::string& user) override;
  void wait_until_complete() override { group_.wait_until_complete(); }
  redis_server& current() override { return group_.wait_for_master().server; }

private:
  void kill_master_after_cut(std::chrono::milliseconds duration);
  void switch_master();
  // The master and one Tally lose the replicas, the sentinels and the other Tally.
  void isolate_master();

  redis_group group_{users};
};

} // namespace tally::test
