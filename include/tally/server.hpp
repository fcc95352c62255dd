#pragma once

#include <tally/awaitable.hpp>
#include <tally/config.hpp>
#include <tally/log.hpp>
#include <tally/poller.hpp>
#include <tally/router.hpp>
#include <tally/session.hpp>

#include <cstddef>
#include <cstdint>
#include <list>

namespace tally {

/// A worker's HTTP server: its listener, its live sessions, and the drain that ends them.
class server final : poller::subscriber, poller::deferred {
public:
  /// Owns the listening socket, which does not block, and accepts until drain() closes it. Borrows
  /// the poller, the router, the settings and the log. All of it runs on the loop of the poller.
  server(int listener, executor loop, poller& with, router& routes, const http_settings& settings,
         log& to);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Says in the readiness probe that no more visits are wanted, and in each answer that the
  /// connection ends; gives the peers drain_delay to see it; refuses new connections and
  /// accepts those in the queue; closes the listener and the idle connections; waits for the busy
  /// ones, and cuts what is left after drain_grace.
  awaitable<void> drain();

private:
  struct connection;

  void on_events(std::uint32_t events) override;
  void on_turn_end() override;
  void let_in();
  error_code accept();
  bool accept_last();
  error_code open(int socket);
  void close();
  bool make_room();
  void pause();
  void go_on();
  void on_empty();
  awaitable<void> all_ended(clock::time_point deadline);
  void sweep_later();
  void sweep();
  template <class Action>
  void for_each_session(Action action);

  int listener_;
  executor loop_;
  router& router_;
  session::shared shared_;
  poller& poller_;
  std::list<connection> connections_;
  bool somebody_waits_ = false;
  bool paused_ = false;     // nobody is let in
  std::size_t crowd_ = 0;   // the most since there were none; no sweep comes while it is 0
  bool sweeping_ = false;   // a sweep is under way
  std::size_t unswept_ = 0; // by it, at the beginning of the list
  timer pause_;
  timer sweep_pause_;
  timer drain_delay_;
  timer ended_; // a wait on it ends when the last session has ended
};

} // namespace tally
