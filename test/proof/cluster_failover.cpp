#include "cluster_failover.hpp"

#include "wait.hpp"

#include <chrono>

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
  // Redis abandons a manual fail-over that takes longer than 5 s, although it has replied OK.
  wait_for("CLUSTER FAILOVER", [&] {
    if (!owns_slot(next))
      next.server.connect().command({"CLUSTER", "FAILOVER"});
    return eventually([&] { return owns_slot(next); }, std::chrono::seconds{10});
  });
}

void cluster_failover::kill_master()
{
  auto& killed = cluster_.owner();
  auto& next = cluster_.replica_of(killed);
  killed.server.kill();
  wait_for("a fail-over", [&] { return owns_slot(next); });
  killed.server.start();
}

bool cluster_failover::owns_slot(const redis_cluster::node& node)
{
  return &cluster_.owner() == &node;
}

} // namespace tally::test
