#pragma once

#include "redis/connector.hpp"
#include "redis/sentinels.hpp"

#include <tally/base/clock.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/address.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/settings.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// Makes links to the Redis server that counts: that of the settings, the master that the sentinels
/// name, or the node of a Redis Cluster that serves Tally's keys, which are all in one slot.
class server_finder {
public:
  /// Returns the commands that set up a link; each must get a string as its reply.
  using setup = std::function<std::vector<redis_command>()>;

  /// Sleeps on `wakeup`, as its links do. Borrows everything. It must outlive its links.
  server_finder(event_loop& loop, resolver& resolver, const redis_settings& settings,
                setup setup_commands, timer& wakeup);

  /// Makes one attempt, which lasts for the connect timeout at most. The link before it must have
  /// been destroyed.
  awaitable<connector::outcome> connect();

  /// Ends connect(), which fails from now on.
  void stop();

  /// If this is the redirection of a Redis Cluster, the next attempt begins with the node that it
  /// names. Returns whether it is one.
  bool redirect(std::string_view error);

  /// Asks this sentinel first from now on.
  void prefer(const redis_address& sentinel);

  /// The server of the last attempt.
  const redis_address& address() const { return address_; }

private:
  awaitable<connector::outcome> connect_to_master(clock::time_point deadline);
  awaitable<connector::outcome> connect_to_node(clock::time_point deadline);
  std::vector<redis_address> nodes() const;
  std::vector<handshake_step> steps() const;

  const redis_settings& settings_;
  setup setup_commands_;
  connector connector_;
  std::unique_ptr<sentinels> sentinels_; // null without
  redis_address address_;
  std::optional<redis_address> redirect_; // to a node of a Redis Cluster
};

} // namespace tally
