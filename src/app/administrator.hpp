#pragma once

#include "app/command_line.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/administration.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/settings.hpp>

#include <string>
#include <thread>

namespace tally {

/// Carries out one of an operator's command lines: list, get, set, delete.
class administrator {
public:
  struct outcome {
    /// For standard output.
    std::string output;
    /// One line that says what went wrong; empty if nothing did.
    std::string error;
  };

  /// Borrows the command line. Throws std::system_error if the system has no more threads or
  /// descriptors.
  administrator(const command_line& line, const redis_settings& settings);

  /// Connects, carries out the command line, and disconnects. Blocks: for the connect timeout at
  /// most until it is connected, then for the reply timeout at most for each command to Redis.
  ///
  /// If this fails, the destructor may block for longer: it waits for the look-up of the host.
  outcome run();

private:
  awaitable<void> connect_and_execute();
  awaitable<bool> connect();
  awaitable<void> execute();
  awaitable<void> get();
  awaitable<void> set();
  awaitable<void> remove();
  awaitable<void> list();

  const command_line& line_;
  const redis_settings settings_;
  outcome outcome_;
  event_loop loop_;
  log log_; // silent
  resolver resolver_;
  timer wakeup_;
  redis_connection connection_;
  administration counters_;
  std::jthread look_ups_; // last: joined before the rest is destroyed
};

} // namespace tally
