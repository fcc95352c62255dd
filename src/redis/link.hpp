#pragma once

#include "redis/hiredis_adapter.hpp"

#include <tally/base/error.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/reply.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace tally {

/// One connection from connect to close, and the replies that are awaited on it.
class redis_link final : hiredis_adapter::event_handler {
public:
  /// Cancels `changed` when the link has connected or closed. Borrows `oldest_reply` for the reply
  /// timeout. All of them must outlive it.
  redis_link(event_loop& loop, std::chrono::milliseconds reply_timeout, timer& changed,
             timer& oldest_reply);
  ~redis_link();

  void open(const asio::ip::tcp::endpoint& to) { adapter_.connect(to); }

  /// Ends all that is under way with errc::unknown.
  void close(std::string why);

  /// Sends a command, whose reply `who` is told: of kind::none when the link closes first, which it
  /// does at the reply timeout. Nothing is sent, and nobody told, when this is false.
  bool send(std::string_view command, reply_waiter& who);

  /// Waits for the reply, no longer than the reply timeout, which closes the link. Fails with
  /// errc::unavailable when nothing was sent and with errc::unknown when no reply came. The link
  /// may be gone when it ends; the command has to live until then.
  awaitable<result<redis_reply>> send(const redis_command& what);

  /// From now on the link awaits no reply past `deadline`, even within its reply timeout.
  void limit_replies(clock::time_point deadline) { deadline_ = deadline; }

  bool connected() const { return connected_ && !closed_; }
  bool closed() const { return closed_; }
  /// Whether it has connected, even if it is closed now.
  bool has_connected() const { return connected_; }
  /// Why it closed: one line of plain ASCII.
  const std::string& why() const { return why_; }
  std::size_t under_way() const { return sent_.size(); }

private:
  class exchange;
  struct awaited {
    clock::time_point since;
    reply_waiter* by;
  };

  void on_connect() override;
  void on_reply(redis_reply reply) override;
  void on_close(std::string_view why) override;
  void watch_replies();
  clock::time_point due() const;

  std::chrono::milliseconds reply_timeout_;
  timer& changed_;
  std::deque<awaited> sent_; // the commands under way, oldest first
  clock::time_point deadline_ = clock::time_point::max();
  timer& oldest_; // the deadline of the oldest reply, while watched_
  std::string why_;
  bool watched_ = false;
  bool connected_ = false;
  bool closed_ = false;
  hiredis_adapter adapter_; // last: it tells the others of its end
};

} // namespace tally
