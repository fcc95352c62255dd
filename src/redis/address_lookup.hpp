#pragma once

#include <tally/base/error.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/address.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <map>
#include <string>

namespace tally {

/// Looks up hosts for one connector. A look-up cannot be interrupted: one that misses its deadline
/// goes on, and its result serves the next attempt.
class address_lookup {
public:
  using endpoints = resolver::endpoints;

  /// Cancels `wakeup` when a look-up has ended. Borrows everything. The resolver calls this
  /// object on the loop, so it must outlive the loop's last turn.
  address_lookup(event_loop& loop, resolver& resolver, timer& wakeup);
  address_lookup(const address_lookup&) = delete;
  address_lookup& operator=(const address_lookup&) = delete;

  /// Begins a look-up of this host, unless one is in flight or the last one has left addresses. A
  /// numeric address needs none.
  void start(const redis_address& address);

  bool in_flight(const redis_address& address) const;

  /// Moves out the addresses of the last look-up of this host, which was started. Fails with one
  /// line if there are none because it failed or is still in flight.
  result<endpoints, std::string> take_result(const redis_address& address);

private:
  struct lookup {
    bool in_flight = false;
    error_code error;
    endpoints found;
  };

  event_loop& loop_;
  resolver& resolver_;
  timer& wakeup_;
  std::map<redis_address, lookup> lookups_; // in flight, or with a result
};

} // namespace tally
