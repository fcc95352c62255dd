#pragma once

#include <tally/base/backoff.hpp>
#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/base/log.hpp>
#include <tally/base/statistics.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/address.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/reply.hpp>
#include <tally/redis/settings.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally {

class redis_link;
class server_finder;
class server_settings;

enum class redis_state {
  /// Not connected, and about to connect: worth waiting for.
  connecting,
  ready,
  /// Two attempts in a row have failed, or one attempt failed after the reply timeout. Attempts
  /// continue.
  unreachable,
  stopped,
};

struct redis_statistics {
  statistic connected; // 1 while the connection is ready, else 0
  statistic lost;      // connections that were ready
};

/// One connection to Redis, kept alive: resolve, connect, set up, ready, lost, back off, and again.
/// It never sends a command twice: whether to resend is the caller's decision.
///
/// All of it runs on one worker's loop, and nothing blocks. It must outlive run() and every
/// request(); stop() ends all of them.
class redis_connection {
public:
  /// Returns the commands that set up a new connection. The connection is ready when each of them
  /// has got a string as its reply, or, to wait_for_replicas(), the confirmation.
  using setup = std::function<std::vector<redis_command>()>;

  /// `worker` identifies this connection in the log; worker 0 also checks the settings of Redis.
  /// `resolver` looks up the host of the settings. Borrows the loop, the resolver, the settings and
  /// the log.
  redis_connection(event_loop& loop, resolver& resolver, const redis_settings& settings,
                   setup setup_commands, log& log, unsigned worker);
  ~redis_connection();
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;

  /// Connects, and connects again after each loss, until stop().
  awaitable<void> run();

  /// Ends run(), and every command in flight as if the connection was lost.
  void stop();

  redis_state state() const;

  /// Calls `handler` after each change of the state, from within the connection: the handler must
  /// only schedule work on the loop.
  void on_change(std::function<void()> handler) { on_change_ = std::move(handler); }

  /// The error that prevents sending now, as one line of plain ASCII; empty while ready. Valid
  /// until the loop continues.
  std::string_view last_error() const { return last_error_; }

  /// Sends a formatted command. Its reply goes to `waiter`: kind::none if the connection is lost or
  /// the reply timeout passes first. If this returns false, nothing was sent and the waiter is not
  /// called.
  bool send(std::string_view command, reply_waiter& waiter);

  /// Sends a command and waits for its reply. After the reply timeout, the connection counts as
  /// lost. Commands are pipelined, and replies come in the order of sending.
  ///
  /// Fails with errc::unavailable if nothing was sent, and with errc::outcome_unknown if no reply
  /// came. An error reply is a reply. `command` must live until the end.
  awaitable<result<redis_reply>> request(const redis_command& command);

  /// Closes this connection and makes a new one: Redis replies, but cannot count now. `error`
  /// becomes last_error(). If it is the redirection of a Redis Cluster, the new connection leads to
  /// the node that it names.
  void reconnect(std::string_view error);

  /// Is `connecting` for the shortest pause between attempts, but keeps the connection: this server
  /// will be able to count later, or will know which one can. `error` is last_error() meanwhile.
  void hold(std::string_view error);

  /// A sentinel has announced the master: makes a new connection, to the master that this sentinel
  /// names, if this one leads to another server.
  void master_moved(const redis_address& sentinel, const redis_address& master);

  /// Logs an error reply as `redis_refused`, within the rate limit of the log.
  void log_error_reply(std::string_view error);

  /// Any thread may read it.
  const redis_statistics& statistics() const { return statistics_; }

private:
  awaitable<void> monitor();
  std::string shown_address() const;
  bool may_hurry();
  void end_hold();
  void set_state(redis_state new_state, std::string error);

  const redis_settings& settings_;
  log& log_;
  unsigned worker_;
  backoff backoff_;
  std::optional<clock::time_point> held_until_;
  redis_address announced_;      // as the master, by a sentinel
  bool moved_ = false;           // the server is another one now
  clock::time_point next_hurry_; // before that, no pause is left out
  const redis_command ping_;

  redis_statistics statistics_;
  redis_state state_ = redis_state::connecting;
  std::string last_error_ = "not connected yet";
  std::function<void()> on_change_ = [] {};
  timer wakeup_; // run() sleeps on it; cancelled by what it waits for
  std::unique_ptr<server_finder> finder_;
  std::unique_ptr<server_settings> server_settings_;
  std::unique_ptr<redis_link> link_;
};

} // namespace tally
