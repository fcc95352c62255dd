#pragma once

#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <utility>

namespace tally::test {

/// A Redis Cluster of three masters. The one that has Tally's keys has a replica; the others may
/// have one, too.
class redis_cluster {
public:
  struct node {
    node();
    /// The id of this node in the cluster.
    std::string id() const;
    std::string address() const { return "127.0.0.1:" + std::to_string(server.port()); }

    reserved_port bus;
    redis_server server;
  };

  static constexpr std::size_t masters = 3;

  /// Waits until the cluster is complete. The first replica is the owner's.
  explicit redis_cluster(std::size_t replicas = 1);
  /// Waits until no node is missing, and the replica of the owner has all that the owner has.
  void wait_until_complete();

  std::list<node>& nodes() { return nodes_; }
  /// The node that has Tally's keys now. Waits until there is one.
  node& owner();
  /// Another master.
  node& other_master();
  /// The owner's replica at the start.
  node& replica() { return *std::next(nodes_.begin(), masters); }
  node& replica_of(const node& master);

  /// Begins to move the slot of Tally's keys. Redis refuses commands whose keys are not all there.
  void begin_move(const node& from, const node& to);
  /// Moves the keys, and ends the move.
  void end_move(const node& from, const node& to);

private:
  std::list<node> nodes_;
};

/// The variables that point tally at all nodes of this cluster.
environment pointing_at(redis_cluster& cluster, environment variables = {});

} // namespace tally::test
