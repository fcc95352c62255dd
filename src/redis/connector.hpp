#pragma once

#include "redis/address_lookup.hpp"
#include "redis/link.hpp"

#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/settings.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tally {

/// Makes links to Redis, one after another: resolves the host, tries each of its addresses, and
/// carries out the handshake.
class connector {
public:
  /// Returns the commands that set up a new link; see handshake().
  using setup = std::function<std::vector<redis_command>()>;

  /// Sleeps on `wakeup`, as its links do. Borrows everything. It must outlive its links.
  connector(event_loop& loop, resolver& resolver, const redis_settings& settings,
            setup setup_commands, timer& wakeup);

  /// Makes one attempt, which lasts for the connect timeout at most. Returns a link that is ready,
  /// or the error of the address that got furthest, as one line of plain ASCII. The link before it
  /// must have been destroyed.
  awaitable<result<std::unique_ptr<redis_link>, std::string>> connect();

  /// Ends connect(), which fails then.
  void stop();

private:
  using endpoints = resolver::endpoints;

  /// How far an attempt got.
  enum class stage { none, connected, replied, ready };

  awaitable<endpoints> resolve(clock::time_point deadline);
  awaitable<stage> try_endpoint(const asio::ip::tcp::endpoint& endpoint,
                                clock::time_point deadline);
  awaitable<bool> open_link(const asio::ip::tcp::endpoint& endpoint, clock::time_point deadline);
  awaitable<stage> set_up_link();

  event_loop& loop_;
  const redis_settings& settings_;
  setup setup_commands_;
  timer& wakeup_; // cancelled by what connect() waits for
  timer reply_timer_;
  address_lookup lookup_;
  bool stopped_ = false;
  std::string error_; // the last one
  std::unique_ptr<redis_link> link_;
};

} // namespace tally
