#pragma once

#include <tally/base/clock.hpp>
#include <tally/base/log.hpp>
#include <tally/http/date.hpp>
#include <tally/http/request_handler.hpp>
#include <tally/http/request_queue.hpp>
#include <tally/http/settings.hpp>
#include <tally/net/buffered_stream.hpp>
#include <tally/net/stream.hpp>
#include <tally/net/task.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// One HTTP/1.1 connection, from accept to close: it takes in the requests that have arrived,
/// answers them in their order, and waits for more. Requests that were pipelined are handled
/// together, so that their visits go in one batch.
///
/// It has no timer of its own. Each wait for the peer sets a deadline, and the server's sweep ends
/// the wait when that has passed. A request costs it no memory, once its buffers have grown to what
/// its peer sends.
class session {
public:
  /// What all sessions of a worker share. Everything is borrowed.
  struct shared {
    request_handler& handler;
    const http_settings& settings;
    tally::log& log;
    http_date date;
    /// Responses say `Connection: close`, so that peers go elsewhere by themselves.
    bool draining = false;
    /// Connections end where they would wait for another request.
    bool closing = false;
  };

  /// Borrows the stream, which is its own alone.
  session(stream& stream, shared& worker);
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Begins, and calls `ended` when it has come to its end. The session must not be destroyed
  /// within that call. Nothing that a peer does is an exception.
  void run(task::ended ended);

  /// Ends the wait whose deadline has passed; returns whether there was one.
  bool sweep(clock::time_point now) { return stream_.sweep(now); }

  /// Ends the connection if no request has been under way on it since then, and none has arrived.
  void end_if_idle(clock::time_point since = clock::time_point::max());

  /// Since when no request is under way; nothing while one is.
  std::optional<clock::time_point> idle_since() const { return idle_since_; }

  /// Ends the connection, whatever is under way.
  void abort() { stream_.abort(); }

  /// The X-Request-ID of the request that is handled, which may be empty.
  std::string_view request_id() const;

private:
  task serve();
  void take_in();
  void respond(const request_queue::item& answered);
  bool ends_now();
  void log_response(const exchange& exchange) const;
  void release_large_buffers();
  buffered_stream::write_wait write();

  buffered_stream stream_;
  shared& shared_;
  request_queue requests_;
  std::optional<clock::time_point> idle_since_;
  bool first_ = true; // no request has come yet
  bool last_ = false; // no further request is read
  // While draining: of what was read, what had arrived when the drain was noticed.
  std::optional<std::size_t> accepted_bytes_;
  task task_; // last: it awaits what the others hold
};

} // namespace tally
