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

/// The connections of a worker, from accept to close. While there are any, one timer enforces the
/// deadlines of all.
class connections final : event_loop::deferred {
public:
  /// Borrows `loop` and `shared`. Calls `on_closed` at the end of each turn in which connections
  /// have ended.
  connections(event_loop& loop, session::shared& shared, std::function<void()> on_closed);
  ~connections();

  /// Serves a connected, non-blocking socket, and owns it. Fails if the system has no memory for
  /// its events.
  error_code open(int socket);

  std::size_t size() const { return open_.size(); }

  /// Closes the connection that has been idle longest, if it has been idle for at least the request
  /// timeout: a client that has just got a response may be about to send another request. Returns
  /// whether it closed one.
  bool evict_idle();

  /// Closes the connections that have been idle since `idle_since` or longer, unless a request has
  /// arrived that is not read yet.
  void close_idle(clock::time_point idle_since = clock::time_point::max());

  /// Closes all connections, and drops their requests.
  void abort();

  /// Returns when all connections are closed, or at the deadline.
  awaitable<void> wait_until_closed(clock::time_point deadline);

private:
  struct connection;

  /// Checks the deadlines of all connections in intervals, a limited number in each turn.
  class sweeper final : event_loop::deferred {
  public:
    explicit sweeper(connections& owner);
    void schedule();
    void on_closed();

  private:
    void on_turn_end() override;
    connections& owner_;
    timer timer_;
    std::size_t remaining_ = 0; // sessions to check, at the front of the list
  };

  void on_turn_end() override;
  template <class Action>
  void for_each_session(Action action);

  event_loop& loop_;
  session::shared& shared_;
  std::function<void()> on_closed_;
  std::list<connection> open_;
  std::list<connection> ended_; // until the end of the turn, in which they may have an event
  std::size_t peak_ = 0;        // of open_ since it was empty; 0 while no sweep is scheduled
  sweeper sweeper_{*this};
  timer all_closed_; // cancelled when the last connection has ended
};

} // namespace tally
