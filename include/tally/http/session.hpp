#pragma once

#include <tally/base/clock.hpp>
#include <tally/base/log.hpp>
#include <tally/http/date.hpp>
#include <tally/http/request_handler.hpp>
#include <tally/http/request_queue.hpp>
#include <tally/http/settings.hpp>
#include <tally/http/statistics.hpp>
#include <tally/net/buffered_stream.hpp>
#include <tally/net/stream.hpp>
#include <tally/net/task.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// One HTTP/1.1 connection, from accept to close: it consumes the requests that have arrived,
/// responds to them in order, and waits for more. It handles pipelined requests together, so that
/// one batch counts their visits.
///
/// It has no timer. Each wait for the peer sets a deadline, and the server's sweep ends the wait
/// when the deadline has passed. Once its buffers have grown to the size that its peer needs, it
/// allocates nothing for a request.
class session {
public:
  /// The state that all sessions of a worker share. It borrows everything.
  struct shared {
    request_handler& handler;
    const http_settings& settings;
    tally::log& log;
    http_date date;
    http_statistics statistics{};
    /// Responses have `Connection: close`, so that peers open new connections elsewhere.
    bool draining = false;
    /// Connections end instead of waiting for another request.
    bool closing = false;
  };

  /// Borrows the stream, which nothing else may use.
  session(stream& stream, shared& worker);
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Serves the connection, and calls `on_end` at its end. The session must not be destroyed within
  /// that call. Nothing that a peer does causes an exception.
  void run(task::completion_handler on_end);

  /// Ends a wait whose deadline has passed; returns whether there was one.
  bool sweep(clock::time_point now) { return stream_.sweep(now); }

  /// Ends the connection if it has been idle since `limit` or longer, unless a request has arrived
  /// that is not read yet.
  void end_if_idle(clock::time_point limit = clock::time_point::max());

  /// The time when the connection became idle; nothing while it has a request.
  std::optional<clock::time_point> idle_since() const { return idle_since_; }

  /// Closes the connection, and drops its requests.
  void abort() { stream_.abort(); }

  /// The X-Request-ID of the oldest request without a response; may be empty.
  std::string_view request_id() const;

private:
  /// A response that is in the output buffer.
  struct unwritten {
    clock::time_point arrived; // the first byte of its request
    std::size_t route;
    bool visit;
  };

  /// The write of all responses in the output buffer.
  struct write_wait {
    session& owner;
    buffered_stream::write_wait wait;
    bool await_ready() { return wait.await_ready(); }
    void await_suspend(std::coroutine_handle<> writer) { wait.await_suspend(writer); }
    bool await_resume();
  };

  task serve();
  void set_read_deadline();
  void become_idle();
  void consume_input();
  write_wait write();
  void observe_written();

  void respond(const request_queue::item& item);
  bool must_close();
  void log_response(const exchange& exchange) const;

  buffered_stream stream_;
  shared& shared_;
  request_queue requests_;
  std::vector<unwritten> unwritten_;
  std::optional<clock::time_point> idle_since_;
  bool awaiting_first_request_ = true;
  bool close_announced_ = false; // by a response, after which no request is read
  // While draining: the number of unconsumed bytes that arrived before the drain was noticed.
  std::optional<std::size_t> accepted_bytes_;
  task task_; // destroyed first: its coroutine uses the members above
};

} // namespace tally
