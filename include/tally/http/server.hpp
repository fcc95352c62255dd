#pragma once

#include <tally/base/error.hpp>
#include <tally/base/log.hpp>
#include <tally/http/connections.hpp>
#include <tally/http/request_handler.hpp>
#include <tally/http/session.hpp>
#include <tally/http/settings.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>

#include <cstdint>

namespace tally {

/// A worker's HTTP server: its listener, its connections, and the drain that ends them.
class server final : event_loop::event_handler, event_loop::deferred {
public:
  /// Owns the listening socket, which does not block, and accepts until drain() closes it. Borrows
  /// everything else. All of it runs on the loop's thread.
  server(int listener, event_loop& loop, request_handler& handler, const http_settings& settings,
         log& log);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Says in the readiness probe that no more visits are wanted, and in each answer that the
  /// connection ends; gives the peers drain_delay to see it; refuses new connections and
  /// accepts those in the queue; closes the listener and the idle connections; waits for the busy
  /// ones, and cuts what is left after drain_grace.
  awaitable<void> drain();

private:
  void on_events(std::uint32_t events) override;
  void on_turn_end() override;
  error_code accept();
  bool accept_last();
  void close();
  void pause_accepting();
  void resume_accepting();

  int listener_;
  event_loop& loop_;
  session::shared shared_;
  connections connections_;
  bool paused_ = false; // accepting
  timer resume_timer_;
  timer drain_timer_;
};

} // namespace tally
