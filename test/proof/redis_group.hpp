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

/// Real processes: a master, two replicas, and three sentinels that watch them. Every node is
/// reached through a proxy, whose address it announces, so that a test can partition the network.
class redis_group {
public:
  struct node {
    explicit node(std::optional<std::uint16_t> master_port);

    link_proxy proxy;
    redis_server server;
  };

  /// The name of the group for the sentinels.
  static constexpr const char* service = "tally";
  /// Words by which a proxy recognizes the connections of replicas and of sentinels. They log in as
  /// the default user; Tallys have the users below.
  static const std::vector<std::string> replica_words, sentinel_words;
  static const std::vector<std::string> users;
  static constexpr const char* password = "secret";

  /// Waits until the sentinels know each other and all nodes.
  redis_group();

  std::list<node>& nodes() { return nodes_; }
  /// The node that the sentinels agree on; null while they do not agree. Any thread may call it.
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
  struct sentinel {
    sentinel(const temporary_folder& folder, std::uint16_t master_port);
    std::optional<std::string> command(const std::vector<std::string>& words) const;

    reserved_port port;
    std::unique_ptr<process> program;
  };

  bool complete();

  temporary_folder folder_;
  std::list<node> nodes_;
  std::list<sentinel> sentinels_;
};

} // namespace tally::test
