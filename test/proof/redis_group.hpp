#pragma once

#include "link_proxy.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tally::test {

/// Real processes: a master, two replicas, and three sentinels that watch them. Each has a proxy,
/// by which a test partitions the network. The nodes announce the addresses of their proxies; the
/// sentinels reach each other without one.
class redis_group {
public:
  struct node {
    node(const std::vector<std::string>& users, std::optional<std::uint16_t> master_port);

    link_proxy proxy;
    redis_server server;
  };

  struct sentinel {
    sentinel(const temporary_folder& folder, const std::vector<std::string>& users,
             std::uint16_t master_port);
    std::optional<std::string> command(const std::vector<std::string>& words) const;

    link_proxy proxy;
    reserved_port port;
    std::unique_ptr<process> program;
  };

  /// The name of the group for the sentinels.
  static constexpr const char* service = "tally";
  /// Words by which a proxy recognizes the connections of replicas and of sentinels, which are the
  /// default user.
  static const std::vector<std::string> replica_words, sentinel_words;
  /// The password of all users.
  static constexpr const char* password = "secret";

  /// Nodes and sentinels have these users. Waits until the sentinels know each other and all nodes.
  explicit redis_group(const std::vector<std::string>& users);

  std::list<node>& nodes() { return nodes_; }
  std::list<sentinel>& sentinels() { return sentinels_; }
  /// The node that the sentinels agree on; null while they do not agree.
  node* master();
  /// Sends SENTINEL FAILOVER to one of them. Waits until they agree to do it.
  void begin_failover();
  /// The same, after waiting until they agree.
  node& wait_for_master();
  /// Waits until the sentinels have agreed on another master, and returns it.
  node& wait_for_other_master(const node& old_master);
  /// Starts a killed node as a replica of this master: nobody reaches it before it follows.
  void restart(node& killed, const node& master);
  /// Waits until the master has both replicas, and the sentinels see all of them.
  void wait_until_complete();

private:
  bool complete();

  temporary_folder folder_;
  std::list<node> nodes_;
  std::list<sentinel> sentinels_;
};

} // namespace tally::test
