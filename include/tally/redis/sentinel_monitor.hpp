#pragma once

#include <tally/base/log.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/redis/address.hpp>
#include <tally/redis/settings.hpp>

#include <cstddef>
#include <functional>
#include <list>

namespace tally {

/// Subscribes to the fail-overs that the sentinels announce, with one connection to each sentinel:
/// a network fault may hide a fail-over from some of them.
///
/// A server that is cut off from its sentinels, but not from this process, still accepts writes,
/// which are lost when it becomes a replica. So its connections must end when a fail-over is
/// announced, and not only when the server refuses a write.
class sentinel_monitor {
public:
  /// Called on the loop. `sentinel` has announced, or named when it was asked, another master than
  /// before.
  using handler = std::function<void(const redis_address& sentinel, const redis_address& master)>;

  /// The descriptors that the connection to a sentinel needs.
  static constexpr std::size_t descriptors_per_sentinel = 3;

  /// Does nothing if the settings have no sentinels. Borrows everything. It must outlive the loop's
  /// last turn.
  sentinel_monitor(event_loop& loop, resolver& resolver, const redis_settings& settings, log& log,
                   handler on_switch);
  ~sentinel_monitor();
  sentinel_monitor(const sentinel_monitor&) = delete;
  sentinel_monitor& operator=(const sentinel_monitor&) = delete;

  /// Begins to connect, on the loop's thread, and connects again after each loss, until stop().
  void start();

  void stop();

private:
  class subscription;

  event_loop& loop_;
  const redis_settings settings_;
  handler on_switch_;
  std::list<subscription> subscriptions_;
};

} // namespace tally
