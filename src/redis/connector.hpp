#pragma once

#include "redis/address_lookup.hpp"
#include "redis/endpoint.hpp"
#include "redis/handshake.hpp"
#include "redis/link.hpp"

#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/address.hpp>
#include <tally/redis/settings.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tally {

/// Makes links, one after another: resolves a host, tries each of its addresses, and carries out
/// the handshake. Uses TLS if the settings have it, and their Unix socket instead of any host.
class connector {
public:
  /// A link that is ready; or the error of the address that got furthest, as one line of plain
  /// ASCII.
  using outcome = result<std::unique_ptr<redis_link>, std::string>;

  /// Returns the steps of the handshake after the login; called for each address.
  using steps = std::function<std::vector<handshake_step>()>;

  /// Sleeps on `wakeup`, as its links do. The settings have the login and the reply timeout.
  /// Borrows everything. It must outlive its links.
  connector(event_loop& loop, resolver& resolver, const redis_settings& settings, timer& wakeup);

  /// Makes one attempt. The link before it must have been destroyed. If a Redis Cluster replies
  /// `MOVED`, this is the error, and further addresses are not tried.
  awaitable<outcome> connect(const redis_address& address, const steps& handshake_steps,
                             clock::time_point deadline);

  /// Ends connect(), which fails from now on.
  void stop();
  bool stopped() const { return stopped_; }

private:
  using endpoints = std::vector<redis_endpoint>;

  /// How far an attempt got.
  enum class stage { none, connected, replied, moved, ready };

  awaitable<endpoints> resolve(const redis_address& address, clock::time_point deadline);
  awaitable<stage> try_endpoint(const redis_endpoint& endpoint, const steps& handshake_steps,
                                clock::time_point deadline);
  awaitable<bool> open_link(const redis_endpoint& endpoint, clock::time_point deadline);
  awaitable<stage> set_up_link(const steps& handshake_steps);

  event_loop& loop_;
  const redis_settings& settings_;
  timer& wakeup_; // cancelled by what connect() waits for
  timer reply_timer_;
  address_lookup lookup_;
  bool stopped_ = false;
  std::string error_; // the last one
  std::unique_ptr<redis_link> link_;
};

} // namespace tally
