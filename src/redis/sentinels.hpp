#pragma once

#include "redis/connector.hpp"

#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/address.hpp>
#include <tally/redis/settings.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tally {

/// Returns the settings of a connection to a sentinel: those of Redis, with the sentinels' login.
redis_settings settings_for_sentinels(redis_settings settings);

/// Returns the step that asks a sentinel for the address of the master of this service, and stores
/// it in `master`, which must outlive the step.
handshake_step ask_for_master(const std::string& service, redis_address& master);

/// The sentinels of the settings, in the order in which they are asked.
class sentinels {
public:
  /// Sleeps on `wakeup`. Borrows everything.
  sentinels(event_loop& loop, resolver& resolver, const redis_settings& settings, timer& wakeup);

  std::size_t size() const { return addresses_.size(); }

  using answer = result<redis_address, std::string>;

  /// Asks the sentinel with this index for the master. Fails with one line.
  awaitable<answer> ask(std::size_t index, clock::time_point deadline);

  /// Ends ask(), which fails from now on.
  void stop() { connector_.stop(); }

  /// Asks this sentinel first from now on. An unknown one changes nothing.
  void prefer(const redis_address& sentinel);
  void prefer(std::size_t index);

private:
  const redis_settings settings_;
  connector connector_;
  std::vector<redis_address> addresses_;
};

} // namespace tally
