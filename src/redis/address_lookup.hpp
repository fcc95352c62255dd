#pragma once

#include <tally/base/error.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/settings.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace tally {

/// Looks up the addresses of the host in the settings, for one connection. A look-up cannot be
/// interrupted: one that misses its deadline goes on, and its result serves the next attempt.
class address_lookup {
public:
  using endpoints = resolver::endpoints;

  /// Cancels `wakeup` when a look-up has ended. Borrows everything. The resolver calls this
  /// object on the loop, so it must outlive the loop's last turn.
  address_lookup(event_loop& loop, resolver& resolver, const redis_settings& settings,
                 timer& wakeup);
  address_lookup(const address_lookup&) = delete;
  address_lookup& operator=(const address_lookup&) = delete;

  /// Begins a look-up, unless one is in flight or the last one has left addresses. A numeric
  /// address needs none.
  void start();

  bool in_flight() const { return in_flight_; }

  /// Moves out the addresses of the last look-up. Fails with one line if there are none because it
  /// failed or is still in flight.
  result<endpoints, std::string> take_result();

private:
  event_loop& loop_;
  resolver& resolver_;
  const redis_settings& settings_;
  timer& wakeup_;
  bool in_flight_ = false;
  error_code error_;
  endpoints found_;
};

/// The endpoint as `address:port`, or `[address]:port` for IPv6.
std::string to_string(const asio::ip::tcp::endpoint& endpoint);

} // namespace tally
