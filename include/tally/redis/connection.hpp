#pragma once

#include <tally/base/backoff.hpp>
#include <tally/base/error.hpp>
#include <tally/base/log.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/resolver.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/reply.hpp>
#include <tally/redis/settings.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally {

class redis_link;

enum class redis_condition {
  /// Lost, or not there yet, and about to be connected: worth waiting for.
  connecting,
  ready,
  /// Two attempts to connect have failed, or one that took its time. Attempts go on.
  away,
  stopped,
};

/// One connection to Redis, kept alive: resolve, connect, greet, ready, lost, back off, again. It
/// never sends a command a second time: that is for who sent it to decide.
///
/// All of it runs on one worker's loop and nothing of it blocks. It must outlive run() and every
/// command(); stop() ends all of them.
class redis_connection {
public:
  /// Returns the commands that set up a connection, which is ready when Redis has answered each
  /// with a string.
  using setup = std::function<std::vector<redis_command>()>;

  /// `name` identifies this connection in the log. `names` looks up the host of the settings.
  redis_connection(event_loop& loop, resolver& names, const redis_settings& settings,
                   setup setup_commands, log& to, unsigned name);
  ~redis_connection();
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;

  /// Keeps the connection until stop().
  awaitable<void> run();

  /// Ends run(), and every command under way as if the connection was lost.
  void stop();

  redis_condition condition() const;

  /// Calls `tell` whenever the condition has changed, from deep inside: as a reply_waiter is told.
  void on_change(std::function<void()> tell) { tell_ = std::move(tell); }

  /// Why no command can be sent now: one line of plain ASCII; empty when one can.
  std::string_view trouble() const { return trouble_; }

  /// Sends a command, whose reply `who` is told: of kind::none when it did not come in time. When
  /// this is false nothing was sent, and nobody is told.
  bool send(std::string_view command, reply_waiter& who);

  /// Sends a command and waits for its reply, no longer than the reply timeout, which counts as a
  /// loss of the connection. Commands are pipelined, and answered in order.
  ///
  /// Fails with errc::unavailable when nothing was sent, and with errc::unknown when the reply did
  /// not come. An error reply is a reply. `what` must live until then.
  awaitable<result<redis_reply>> command(const redis_command& what);

  /// Makes the connection anew: Redis answers, but does not do its work.
  void drop(std::string_view why);

  /// Logs a command that Redis refused, as often as the log permits.
  void report(std::string_view error);

private:
  using endpoints = resolver::endpoints;

  /// How far an attempt got.
  enum class progress { none, connected, answered, ready };

  awaitable<bool> open();
  awaitable<endpoints> resolve(clock::time_point deadline);
  awaitable<progress> open(const asio::ip::tcp::endpoint& endpoint, clock::time_point deadline);
  awaitable<bool> connect(const asio::ip::tcp::endpoint& to, clock::time_point deadline);
  awaitable<progress> greet();
  awaitable<void> until_lost();
  void become(redis_condition now, std::string trouble);

  event_loop& loop_;
  resolver& resolver_;
  const redis_settings& settings_;
  log& log_;
  unsigned name_;
  std::string address_;
  backoff backoff_;
  setup setup_commands_;
  const redis_command ping_{"PING"};

  redis_condition condition_ = redis_condition::connecting;
  std::string trouble_ = "not connected yet";
  std::function<void()> tell_ = [] {};
  timer step_; // run() waits on it for whatever comes next
  timer oldest_reply_;
  bool resolving_ = false;
  error_code resolve_failure_;
  endpoints resolved_;
  std::unique_ptr<redis_link> link_;
};

} // namespace tally
