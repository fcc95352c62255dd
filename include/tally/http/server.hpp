#pragma once

#include <tally/base/error.hpp>
#include <tally/base/log.hpp>
#include <tally/http/connections.hpp>
#include <tally/http/request_handler.hpp>
#include <tally/http/session.hpp>
#include <tally/http/settings.hpp>
#include <tally/http/statistics.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>

#include <cstdint>

namespace tally {

/// A worker's HTTP server: its listener, its connections, and the drain that closes both.
class server final : event_loop::event_handler, event_loop::deferred {
public:
  /// Owns the listening socket, which must be non-blocking, and accepts until drain() closes it.
  /// Borrows everything else. All calls are on the loop's thread.
  server(int listener, event_loop& loop, request_handler& handler, const http_settings& settings,
         log& log);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Fails the health endpoint for readiness, and closes each connection with its next response.
  /// After drain_delay it refuses new connections, accepts those in the queue, closes the listener
  /// and the idle connections, and waits for the busy ones. After drain_grace it aborts the rest.
  awaitable<void> drain();

  /// Any thread may read it.
  const http_statistics& statistics() const { return shared_.statistics; }

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
  bool accepting_paused_ = false;
  timer resume_timer_;
  timer drain_timer_;
};

} // namespace tally
