#pragma once

#include <tally/base/error.hpp>
#include <tally/http/session.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>

#include <cstddef>
#include <functional>
#include <list>

namespace tally {

/// The connections of a worker, from accept to close. One timer for all of them notices what is
/// late, and only while there are any.
class connections final : event_loop::deferred {
public:
  /// Borrows both. Calls `closed` at the end of a turn in which connections have ended.
  connections(event_loop& loop, session::shared& shared, std::function<void()> closed);
  ~connections();

  /// Serves a connected socket, which does not block, and owns it. Fails when the system has no
  /// memory for its events.
  error_code open(int socket);

  std::size_t size() const { return open_.size(); }

  /// Closes the connection that has been idle longest, if it has been idle for at least the request
  /// timeout: a client that was answered a moment ago may be about to ask again. Returns whether
  /// there was one.
  bool evict_idle();

  /// Closes those on which no request has been under way since then, and none has arrived.
  void close_idle(clock::time_point since = clock::time_point::max());

  /// Closes all of them, whatever is under way.
  void abort();

  /// Returns when no connection is left, or at the deadline.
  awaitable<void> wait_until_closed(clock::time_point deadline);

private:
  struct connection;

  /// Looks at all connections now and then, some of them in each turn.
  class sweeper final : event_loop::deferred {
  public:
    explicit sweeper(connections& all);
    void schedule();
    void on_closed();

  private:
    void on_turn_end() override;
    connections& all_;
    timer timer_;
    std::size_t remaining_ = 0; // at the beginning of the list
  };

  void on_turn_end() override;
  template <class Action>
  void for_each_session(Action action);

  event_loop& loop_;
  session::shared& shared_;
  std::function<void()> closed_;
  std::list<connection> open_;
  std::list<connection> ended_; // destroyed at the end of the turn: they may have an event in it
  std::size_t peak_ = 0;        // of open_, since it was empty; no sweep comes while it is 0
  sweeper sweeper_{*this};
  timer all_closed_; // a sleep on it ends when the last connection has
};

} // namespace tally
