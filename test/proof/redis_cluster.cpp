#include "redis_cluster.hpp"

#include "text.hpp"
#include "wait.hpp"

#include <sstream>
#include <stdexcept>
#include <vector>

namespace tally::test {

namespace {

redis_server::options options_of(const reserved_port& bus)
{
  return {"",
          {"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus.number()),
           "--cluster-node-timeout", "1000", "--cluster-announce-ip", "127.0.0.1",
           "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"}};
}

std::string role_of(const redis_cluster::node& node)
{
  return *node.server.connect().command({"ROLE"});
}

std::string slot_of(const redis_server& redis)
{
  return *redis.connect().command({"CLUSTER", "KEYSLOT", "visits"});
}

} // namespace

redis_cluster::node::node() : server{options_of(bus)} {}

std::string redis_cluster::node::id() const
{
  return *server.connect().command({"CLUSTER", "MYID"});
}

redis_cluster::redis_cluster(std::size_t replicas) : nodes_(masters + replicas)
{
  const char* const slots[][2] = {{"0", "5000"}, {"5001", "11000"}, {"11001", "16383"}};
  auto each = nodes_.begin();
  for (const auto& [first, last] : slots)
    each++->server.connect().command({"CLUSTER", "ADDSLOTSRANGE", first, last});
  const auto& first = nodes_.front();
  int epoch = 0;
  for (node& joining : nodes_) {
    joining.server.connect().command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(++epoch)});
    if (&joining != &first)
      joining.server.connect().command({"CLUSTER", "MEET", "127.0.0.1",
                                        std::to_string(first.server.port()),
                                        std::to_string(first.bus.number())});
  }
  const auto known = "cluster_known_nodes:" + std::to_string(nodes_.size());
  for (const node& joined : nodes_)
    wait_for("a cluster", [&] {
      const auto info = *joined.server.connect().command({"CLUSTER", "INFO"});
      return contains(info, "cluster_state:ok") && contains(info, known);
    });
  std::vector<const node*> replicated{&owner()};
  for (const node& other : nodes_)
    if (&other != replicated.front() && replicated.size() < replicas)
      replicated.push_back(&other);
  auto joining = std::next(nodes_.begin(), masters);
  for (const node* const master : replicated)
    joining++->server.connect().command({"CLUSTER", "REPLICATE", master->id()});
  wait_until_complete();
}

void redis_cluster::wait_until_complete()
{
  const auto replicas = nodes_.size() - masters;
  for (const node& each : nodes_)
    wait_for("all nodes", [&] {
      auto redis = each.server.connect();
      const auto state = *redis.command({"CLUSTER", "NODES"});
      return contains(*redis.command({"CLUSTER", "INFO"}), "cluster_state:ok") &&
             occurrences(state, "slave") == replicas && !contains(state, "fail") &&
             !contains(*redis.command({"INFO", "replication"}), "master_link_status:down");
    });
  wait_for("the owner's replica", [this] {
    auto redis = owner().server.connect();
    return redis.command({"WAIT", "1", "100"}) == "1";
  });
}

redis_cluster::node& redis_cluster::owner()
{
  node* found = nullptr;
  wait_for("a node that has the keys", [&] {
    const auto serves = [](const node& each) {
      each.server.connect().command({"GET", "visits"}); // MOVED throws
      return true;
    };
    for (node& each : nodes_)
      if (succeeds([&] { return serves(each); })) {
        found = &each;
        return true;
      }
    return false;
  });
  return *found;
}

redis_cluster::node& redis_cluster::other_master()
{
  const node& current = owner();
  for (node& each : nodes_)
    if (&each != &current && contains(role_of(each), "master"))
      return each;
  throw std::logic_error{"there is no other master"};
}

redis_cluster::node& redis_cluster::replica_of(const node& master)
{
  const auto port = '\n' + std::to_string(master.server.port()) + '\n';
  for (node& each : nodes_)
    if (const auto role = role_of(each); contains(role, "slave") && contains(role, port))
      return each;
  throw std::logic_error{"this node has no replica"};
}

void redis_cluster::begin_move(const node& from, const node& to)
{
  const auto slot = slot_of(from.server);
  to.server.connect().command({"CLUSTER", "SETSLOT", slot, "IMPORTING", from.id()});
  from.server.connect().command({"CLUSTER", "SETSLOT", slot, "MIGRATING", to.id()});
}

void redis_cluster::end_move(const node& from, const node& to)
{
  const auto slot = slot_of(from.server);
  auto source = from.server.connect();
  for (;;) {
    const auto keys = source.command({"CLUSTER", "GETKEYSINSLOT", slot, "100"}).value_or("");
    if (keys.empty())
      break;
    std::istringstream lines{keys};
    for (std::string key; std::getline(lines, key);)
      source.command(
          {"MIGRATE", "127.0.0.1", std::to_string(to.server.port()), key, "0", "5000", "REPLACE"});
  }
  to.server.connect().command({"CLUSTER", "SETSLOT", slot, "NODE", to.id()});
  source.command({"CLUSTER", "SETSLOT", slot, "NODE", to.id()});
}

environment pointing_at(redis_cluster& cluster, environment variables)
{
  std::string nodes;
  for (const auto& each : cluster.nodes())
    nodes += (nodes.empty() ? "" : ",") + each.address();
  variables.merge(environment{{"REDIS_CLUSTER_NODES", nodes}});
  return variables;
}

} // namespace tally::test
