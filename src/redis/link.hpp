#pragma once

#include "redis/endpoint.hpp"
#include "redis/hiredis_adapter.hpp"

#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/reply.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace tally {

/// One connection from connect to close, and the replies that are awaited on it.
class redis_link final : hiredis_adapter::event_handler {
public:
  using message_handler = std::function<void(const std::string& message)>;

  /// Cancels `wakeup` when the link has connected or closed. Uses `reply_timer` for the reply
  /// timeout. Borrows the loop and both timers.
  redis_link(event_loop& loop, std::chrono::milliseconds reply_timeout, timer& wakeup,
             timer& reply_timer);
  ~redis_link();

  /// Begins to connect. Once.
  void open(const redis_endpoint& endpoint) { adapter_.connect(endpoint); }

  /// Closes the link; all commands in flight get a reply of kind::none.
  void close(std::string error);

  /// Sends a command. Its reply goes to `waiter`: kind::none if the link closes first, which it
  /// does at the reply timeout. If this returns false, nothing was sent and the waiter is not
  /// called.
  bool enqueue(std::string_view command, reply_waiter& waiter);

  /// Waits for the reply, or until the reply timeout, which closes the link. Fails with
  /// errc::unavailable if nothing was sent, and with errc::outcome_unknown if no reply came.
  /// `command` must live until the end; the link may be destroyed before.
  awaitable<result<redis_reply>> request(const redis_command& command);

  /// Subscribes to a channel and waits for the confirmation; can be repeated, which shows that the
  /// peer is still there. Returns false if there was none. From the first call on, the link takes
  /// no other command, and calls `on_message` with each message: from within hiredis, so it must
  /// not call the link.
  awaitable<bool> subscribe(std::string_view channel, const message_handler& on_message);

  /// From now on the link closes if a command has no reply by `deadline`, even if its reply timeout
  /// is later.
  void set_deadline(clock::time_point deadline) { deadline_ = deadline; }

  bool connected() const { return connected_ && !closed_; }
  bool closed() const { return closed_; }
  /// Whether it has ever been connected.
  bool has_connected() const { return connected_; }
  /// The error that closed it: one line of plain ASCII.
  const std::string& last_error() const { return error_; }
  /// Commands that await their reply.
  std::size_t in_flight() const { return sent_.size(); }

private:
  class pending_reply;
  struct sent_command {
    clock::time_point sent_at;
    reply_waiter* waiter;
  };

  void on_connect() override;
  void on_reply(redis_reply reply) override;
  void on_close(std::string_view error) override;
  void await_reply(reply_waiter& waiter);
  void arm_reply_timer();
  clock::time_point oldest_deadline() const;

  std::chrono::milliseconds reply_timeout_;
  timer& wakeup_;
  message_handler on_message_;    // null before subscribe()
  std::deque<sent_command> sent_; // in flight, oldest first
  clock::time_point deadline_ = clock::time_point::max();
  timer& reply_timer_;
  std::string error_;
  bool connected_ = false;
  bool closed_ = false;
  hiredis_adapter adapter_; // last, since its destructor calls on_close()
};

} // namespace tally
