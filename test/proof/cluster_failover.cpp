#include "cluster_failover.hpp"

#include "wait.hpp"

namespace tally::test {

std::vector<failover_proof::fault> cluster_failover::faults()
{
  return {{"slot moved to another master", [this] { move_slot(); }},
          {"CLUSTER FAILOVER", [this] { switch_master(); }},
          {"master killed", [this] { kill_master(); }}};
}

environment cluster_failover::settings_of(const std::string& /*user*/)
{
  return pointing_at(cluster_);
}

void cluster_failover::move_slot()
{
  auto& source = cluster_.owner();
  auto& target = cluster_.other_master();
  cluster_.begin_move(source, target);
  cluster_.end_move(source, target);
}

void cluster_failover::switch_master()
{
  auto& next = cluster_.replica_of(cluster_.owner());
  next.server.connect().command({"CLUSTER", "FAILOVER"});
  wait_until_owner(next);
}

void cluster_failover::kill_master()
{
  auto& killed = cluster_.owner();
  auto& next = cluster_.replica_of(killed);
  killed.server.kill();
  wait_until_owner(next);
  killed.server.start();
}

void cluster_failover::wait_until_owner(const redis_cluster::node& next)
{
  wait_for("a fail-over", [&] { return &cluster_.owner() == &next; });
}

} // namespace tally::test
