#pragma once

#include <tally/awaitable.hpp>
#include <tally/backoff.hpp>
#include <tally/config.hpp>
#include <tally/error.hpp>
#include <tally/log.hpp>
#include <tally/redis_command.hpp>
#include <tally/redis_reply.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// One connection to Redis, kept alive: resolve, connect, greet, ready, lost, back off, again. It
/// never sends a command a second time: that is for who sent it to decide.
///
/// All of it runs on one worker's loop and nothing of it blocks. It must outlive run() and every
/// command(); stop() ends all of them.
class redis_connection {
public:
  /// `name` tells this connection from others in the log.
  redis_connection(executor loop, const redis_settings& settings, log& to, unsigned name);
  ~redis_connection();
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;

  /// Keeps the connection until stop().
  awaitable<void> run();

  /// Ends run(), and every command under way as if the connection was lost.
  void stop();

  /// Why no command can be sent now; empty when one can.
  std::string_view trouble() const { return trouble_; }

  /// Sends a command and waits for its reply, no longer than the reply timeout. Commands are
  /// pipelined, and answered in order.
  ///
  /// Fails with errc::unavailable or errc::overloaded when nothing was sent, and with
  /// errc::unknown when the reply did not come: the timeout passed, or the connection was lost.
  /// An error reply is a reply.
  awaitable<result<redis_reply>> command(const redis_command& what);

private:
  class exchange;
  class link;
  using endpoints = std::vector<asio::ip::tcp::endpoint>;

  awaitable<bool> open();
  awaitable<endpoints> resolve(clock::time_point deadline);
  awaitable<bool> connect(const asio::ip::tcp::endpoint& to, clock::time_point deadline);
  awaitable<bool> greet();
  awaitable<void> until_lost();
  awaitable<result<redis_reply>> send(const redis_command& what);
  awaitable<void> sleep_until(clock::time_point when);
  void watch_replies();

  executor loop_;
  const redis_settings& settings_;
  log& log_;
  unsigned name_;
  std::string address_;
  backoff backoff_;
  std::vector<redis_command> greeting_;
  const redis_command ping_{"PING"};

  std::unique_ptr<link> link_;
  std::string trouble_ = "not connected yet";
  std::deque<clock::time_point> sent_; // of the commands under way, oldest first
  timer changed_;                      // a wait on it ends when anything happened
  timer oldest_;                       // the deadline of the oldest reply, while watched_
  bool watched_ = false;
  bool stopping_ = false;
};

} // namespace tally
