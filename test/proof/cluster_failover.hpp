#pragma once

#include "failover.hpp"
#include "redis_cluster.hpp"

#include <string>
#include <vector>

namespace tally::test {

/// Moves of the slot and fail-overs in a cluster of three masters with a replica each.
class cluster_failover : public failover_proof {
public:
  std::vector<fault> faults() override;
  int all_replicas() const override { return 1; }

protected:
  environment settings_of(const std::string& user) override;
  void wait_until_complete() override { cluster_.wait_until_complete(); }
  redis_server& current() override { return cluster_.owner().server; }

private:
  void move_slot();
  void switch_master();
  void kill_master();
  bool owns_slot(const redis_cluster::node& node);

  redis_cluster cluster_{redis_cluster::masters};
};

} // namespace tally::test
