#include "redis_group.hpp"

#include "redis_client.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <algorithm>

namespace tally::test {

namespace {

redis_server::options options_of(const link_proxy& proxy, const std::vector<std::string>& users,
                                 std::optional<std::uint16_t> master_port)
{
  redis_server::options options;
  options.directives = {"--replica-announce-ip",      "127.0.0.1",
                        "--replica-announce-port",    std::to_string(proxy.port()),
                        "--repl-diskless-sync-delay", "0"};
  for (const auto& user : users) {
    const auto login = std::string{">"} + redis_group::password;
    options.directives.insert(options.directives.end(),
                              {"--user", user, "on", login, "~*", "&*", "+@all"});
  }
  if (master_port)
    options.directives.insert(options.directives.end(),
                              {"--replicaof", "127.0.0.1", std::to_string(*master_port)});
  return options;
}

} // namespace

const std::vector<std::string> redis_group::replica_words{"REPLCONF", "PSYNC"};
const std::vector<std::string> redis_group::sentinel_words{"sentinel"};

redis_group::node::node(const std::vector<std::string>& users,
                        std::optional<std::uint16_t> master_port)
    : server{options_of(proxy, users, master_port)}
{
  proxy.forward_to(server.port());
}

redis_group::sentinel::sentinel(const temporary_folder& folder,
                                const std::vector<std::string>& users, std::uint16_t master_port)
{
  const auto name = std::to_string(port.number());
  std::string accounts;
  for (const auto& user : users)
    accounts += "user " + user + " on >" + password + " ~* &* +@all\n";
  const auto monitored = std::string{service} + ' ';
  const auto file = folder.write(
      "sentinel-" + name + ".conf",
      "port " + name + "\nbind 127.0.0.1\ndir " + folder.path().string() + "\nsentinel monitor " +
          monitored + "127.0.0.1 " + std::to_string(master_port) +
          " 2\nsentinel down-after-milliseconds " + monitored + "1000\nsentinel failover-timeout " +
          monitored + "3000\nsentinel parallel-syncs " + monitored + "2\n" + accounts);
  program = std::make_unique<process>(
      std::vector<std::string>{"redis-server", file.string(), "--sentinel"});
  proxy.forward_to(port.number());
}

std::optional<std::string>
redis_group::sentinel::command(const std::vector<std::string>& words) const
{
  return redis_client{port.number()}.command(words);
}

redis_group::redis_group(const std::vector<std::string>& users)
{
  nodes_.emplace_back(users, std::nullopt);
  const auto master_port = nodes_.front().proxy.port();
  nodes_.emplace_back(users, master_port);
  nodes_.emplace_back(users, master_port);
  for (int i = 0; i < 3; ++i)
    sentinels_.emplace_back(folder_, users, master_port);
  wait_until_complete();
}

redis_group::node* redis_group::master()
{
  std::string agreed;
  for (const auto& each : sentinels_) {
    const auto reply = each.command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", service});
    if (!reply || (!agreed.empty() && *reply != agreed))
      return nullptr;
    agreed = *reply;
  }
  const auto found = std::ranges::find_if(nodes_, [&](const node& each) {
    return agreed == "127.0.0.1\n" + std::to_string(each.proxy.port()) + '\n';
  });
  return found == nodes_.end() ? nullptr : &*found;
}

void redis_group::begin_failover()
{
  // They refuse during a fail-over, and while they have not heard of a replica.
  wait_for("SENTINEL FAILOVER", [this] {
    return sentinels_.front().command({"SENTINEL", "FAILOVER", service}) == "OK";
  });
}

redis_group::node& redis_group::wait_for_master()
{
  node* current = nullptr;
  wait_for("a master", [&] { return (current = master()) != nullptr; });
  return *current;
}

redis_group::node& redis_group::wait_for_other_master(const node& old_master)
{
  node* current = nullptr;
  wait_for("another master", [&] {
    current = master();
    return current && current != &old_master;
  });
  return *current;
}

void redis_group::restart(node& killed, const node& master)
{
  killed.proxy.stall({""});
  killed.server.start();
  killed.server.connect().command({"REPLICAOF", "127.0.0.1", std::to_string(master.proxy.port())});
  killed.proxy.heal();
}

void redis_group::wait_until_complete()
{
  wait_for("a master, two replicas and three sentinels", [this] { return complete(); });
}

bool redis_group::complete()
{
  node* const current = master();
  if (!current || current->server.connect().command({"WAIT", "2", "100"}) != "2")
    return false;
  const auto info = *current->server.connect().command({"INFO", "replication"});
  if (occurrences(info, "state=online") != 2)
    return false;
  return std::ranges::all_of(sentinels_, [](const sentinel& each) {
    const auto state = *each.command({"SENTINEL", "MASTER", service});
    const auto replicas = *each.command({"SENTINEL", "REPLICAS", service});
    return contains(state, "\nflags\nmaster\n") && contains(state, "num-other-sentinels\n2\n") &&
           contains(state, "num-slaves\n2\n") && occurrences(replicas, "\nflags\nslave\n") == 2 &&
           occurrences(replicas, "master-link-status\nok\n") == 2;
  });
}

} // namespace tally::test
