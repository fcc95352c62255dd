#pragma once

#include <tally/clock.hpp>
#include <tally/config.hpp>
#include <tally/http_date.hpp>
#include <tally/log.hpp>
#include <tally/request.hpp>
#include <tally/response.hpp>
#include <tally/router.hpp>
#include <tally/stream.hpp>
#include <tally/task.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace tally {

class request_parser;

/// One HTTP/1.1 connection, from accept to close: read a request, answer it, again. Answers to
/// pipelined requests leave in order, and together where none of them has to wait.
///
/// It has no timer of its own. Each wait for the peer sets a deadline, and the server's sweep ends
/// the wait when that has passed. A request costs it no memory, once its buffers have grown to what
/// its peer sends.
class session final : stream::owner {
public:
  /// What all sessions of a worker share. Everything is borrowed.
  struct shared {
    router& routes;
    const http_settings& settings;
    log& to;
    http_date date;
    /// Answers say `Connection: close`, so that peers go elsewhere by themselves.
    bool draining = false;
    /// Connections end where they would wait for another request.
    bool closing = false;
  };

  /// Borrows the stream, which is its own alone.
  session(stream& over, shared& with);
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Begins, and calls `ended`, which may destroy the session, when it has come to its end. Nothing
  /// that a peer does is an exception.
  void run(task::ended ended);

  /// Ends the wait whose deadline has passed; whether there was one. The session may be gone then.
  bool sweep(clock::time_point now);

  /// Ends the connection if no request has arrived and none has been under way since `since`.
  void end_if_idle(clock::time_point since = clock::time_point::max());

  /// Since when no request is under way; nothing while one is.
  std::optional<clock::time_point> idle_since() const;

  /// Ends the connection, whatever is under way.
  void cut();

  /// The X-Request-ID of the latest request, which may be empty.
  const std::string& request_id() const { return request_.id; }

private:
  enum class phase { idle, reading, answering, writing };
  struct reading;
  struct writing;

  task serve();
  reading more();
  writing flush();
  bool try_read();
  bool try_write();
  void on_readable() override;
  void on_writable() override;
  void give_up();
  void parse(request_parser& parser);
  void refuse(boost::beast::http::status status);
  bool ends_now();
  void log_failure(error_code error, boost::beast::http::status status);
  void wait_for(phase what, std::chrono::milliseconds at_most);

  stream& stream_;
  shared& shared_;
  boost::beast::flat_buffer in_;
  std::string out_;
  std::size_t written_ = 0; // of out_
  request request_;
  phase phase_ = phase::idle;
  clock::time_point since_;
  clock::time_point deadline_ = clock::time_point::max();
  bool expired_ = false;
  bool succeeded_ = false; // the read or write that was waited for
  bool first_ = true;      // no request has come yet
  // While draining: how much of in_ had arrived when the session noticed the drain.
  std::optional<std::size_t> accepted_bytes_;
  wait_point reader_;
  wait_point writer_;
  task task_; // last: its frame holds a visit
};

} // namespace tally
