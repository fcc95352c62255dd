#pragma once

#include <tally/awaitable.hpp>
#include <tally/config.hpp>
#include <tally/listener.hpp>
#include <tally/log.hpp>
#include <tally/poller.hpp>
#include <tally/router.hpp>
#include <tally/session.hpp>

#include <cstddef>
#include <list>

namespace tally {

/// A worker's HTTP server: its listener, its live sessions, and the drain that ends them.
class server {
public:
  /// Borrows the poller, the router, the settings and the log. All of it runs on the loop of `on`.
  server(listener on, poller& with, router& routes, const http_settings& settings, log& to);
  ~server();

  /// Accepts until drain() closes the listener.
  awaitable<void> run();

  /// Says in the readiness probe that no more visits are wanted, and in each answer that the
  /// connection ends; gives the peers drain_delay to see it; closes the listener and the idle
  /// connections; waits for the busy ones, and cuts what is left after drain_grace.
  awaitable<void> drain();

private:
  struct connection;

  bool accept_waiting(std::size_t limit);
  void open(int socket);
  void make_room();
  awaitable<void> sweep();
  template <class Action>
  void for_each_session(Action action);

  listener listener_;
  router& router_;
  session::shared shared_;
  poller& poller_;
  std::list<connection> connections_;
  bool sweeping_ = false;
  timer room_; // a wait on it ends when a session has ended
  timer sweep_pause_;
  timer drain_delay_;
  timer ended_; // the same, of the last session
};

} // namespace tally
