#pragma once

#include <tally/awaitable.hpp>
#include <tally/config.hpp>
#include <tally/http_date.hpp>
#include <tally/log.hpp>
#include <tally/request.hpp>
#include <tally/response.hpp>
#include <tally/router.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <string>

namespace tally {

class request_parser;

/// One HTTP/1.1 connection, from accept to close: read a request, answer it, again. Answers to
/// pipelined requests leave in order, and together where none of them has to wait.
///
/// It has no timer of its own. Each wait for the peer sets a deadline, and the server's sweep ends
/// the wait when that has passed.
class session {
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

  session(tcp_socket socket, shared& with);

  /// Ends when the connection has ended. Never throws for what a peer does.
  awaitable<void> run();

  /// Ends the wait whose deadline has passed.
  void sweep(clock::time_point now);

  /// Ends the connection if no request is under way on it, not even one that was not read yet.
  void end_if_idle();

  /// Ends the connection, whatever is under way.
  void cut();

private:
  enum class phase { idle, reading, answering, writing };
  enum class outcome { complete, refused, ended };

  awaitable<outcome> read(request_parser& parser);
  awaitable<bool> read_some();
  awaitable<bool> flush();
  awaitable<void> linger();
  void refuse(boost::beast::http::status status);
  void wait_for(phase what, std::chrono::milliseconds at_most);

  tcp_socket socket_;
  shared& shared_;
  boost::beast::flat_buffer in_;
  std::string out_;
  request request_;
  phase phase_ = phase::idle;
  clock::time_point deadline_ = clock::time_point::max();
  bool expired_ = false;
};

} // namespace tally
