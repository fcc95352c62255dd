#include <tally/request_parser.hpp>
#include <tally/session.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace tally {

namespace http = boost::beast::http;

namespace {

// Room for what a client pipelines behind a header of the largest size, and so little that an
// idle connection costs next to nothing.
constexpr std::size_t read_size = 2048;

// Answers to pipelined requests are gathered up to here before they are written.
constexpr std::size_t write_size = 16384;

// A client that was refused, or told goodbye, may still be sending: closing at once would reset
// the connection and lose it the answer (RFC 9112, 9.6). What it sends is dropped for this long.
constexpr std::chrono::milliseconds linger_time{1000};

} // namespace

session::session(tcp_socket socket, shared& with)
    : socket_{std::move(socket)}, shared_{with}, in_{with.settings.max_header_bytes + 2 * read_size}
{
}

awaitable<void> session::run()
{
  bool keep_alive = true;
  while (keep_alive) {
    request_parser parser{request_, shared_.settings};
    const outcome ending = co_await read(parser);
    if (ending != outcome::complete) {
      if (ending == outcome::refused) {
        if (co_await flush())
          co_await linger();
      }
      break;
    }
    // What is answered already does not wait for what others answer.
    if (!out_.empty() && router::waits(request_)) {
      if (!co_await flush())
        break;
    }
    wait_for(phase::answering, std::chrono::milliseconds::max());
    const response answer = co_await shared_.routes.answer(request_);
    keep_alive = parser.keep_alive() && !shared_.draining;
    write(answer,
          {.head = request_.method == http::verb::head,
           .close = !keep_alive,
           .http_1_0 = parser.version() < 11},
          shared_.date.now(), out_);
    if (shared_.to.enabled(log_level::debug))
      shared_.to.debug("request", {{"method", std::string{http::to_string(request_.method)}},
                                   {"target", request_.target},
                                   {"status", static_cast<unsigned>(answer.status)}});
    if (!keep_alive || out_.size() >= write_size) {
      if (!co_await flush())
        break;
    }
    if (!keep_alive)
      co_await linger();
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
}

// Reads one request to its end, body included. Only when more has to come from the peer, what was
// answered so far goes out.
awaitable<session::outcome> session::read(request_parser& parser)
{
  bool begun = in_.size() != 0;
  wait_for(begun ? phase::reading : phase::idle,
           begun ? shared_.settings.request_timeout : shared_.settings.idle_timeout);
  for (;;) {
    if (expired_ && begun) {
      refuse(http::status::request_timeout);
      co_return outcome::refused;
    }
    if (in_.size() >= parser.least()) {
      if (!std::exchange(begun, true))
        wait_for(phase::reading, shared_.settings.request_timeout);
      boost::beast::error_code failure;
      in_.consume(parser.put(in_.data(), failure));
      if (failure && failure != http::error::need_more) {
        refuse(parser.refusal(failure));
        co_return outcome::refused;
      }
      if (parser.is_done())
        co_return outcome::complete;
      if (in_.size() == in_.max_size()) {
        refuse(http::status::request_header_fields_too_large);
        co_return outcome::refused;
      }
    }
    if (parser.takes_continue())
      out_.append("HTTP/1.1 100 Continue\r\n\r\n");
    if (!out_.empty()) {
      const auto [before, until] = std::pair{phase_, deadline_};
      if (!co_await flush())
        co_return outcome::ended;
      phase_ = before;
      deadline_ = until;
    }
    if (!begun && shared_.closing)
      co_return outcome::ended;
    if (!co_await read_some() && !(expired_ && begun))
      co_return outcome::ended;
  }
}

awaitable<bool> session::read_some()
{
  const auto room = std::min(read_size, in_.max_size() - in_.size());
  const auto [failure, n] = co_await socket_.async_read_some(in_.prepare(room), as_tuple);
  in_.commit(n);
  co_return !failure;
}

awaitable<bool> session::flush()
{
  wait_for(phase::writing, shared_.settings.write_timeout);
  const auto [failure, n] = co_await asio::async_write(socket_, asio::buffer(out_), as_tuple);
  out_.clear();
  co_return !failure;
}

// The peer is told that nothing more comes, and is listened to until it has understood.
awaitable<void> session::linger()
{
  boost::system::error_code failure;
  socket_.shutdown(tcp_socket::shutdown_send, failure);
  wait_for(phase::writing, linger_time);
  while (!failure && !expired_) {
    in_.clear();
    if (!co_await read_some())
      break;
  }
}

// The connection cannot go on: where the next request begins is unknown.
void session::refuse(http::status status)
{
  const auto reason = http::obsolete_reason(status);
  write(plain_answer(status, {reason.data(), reason.size()}), {.close = true}, shared_.date.now(),
        out_);
}

void session::wait_for(phase what, std::chrono::milliseconds at_most)
{
  phase_ = what;
  expired_ = false;
  deadline_ = what == phase::answering ? clock::time_point::max() : clock::now() + at_most;
}

void session::sweep(clock::time_point now)
{
  if (now < deadline_)
    return;
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void session::end_if_idle()
{
  // What has arrived is still served, even if this coroutine does not know of it yet: cancelling
  // ends only a wait that goes on, and nothing is read off the socket unanswered.
  boost::system::error_code failure;
  if (phase_ == phase::idle && socket_.available(failure) == 0)
    socket_.cancel(failure);
}

void session::cut()
{
  boost::system::error_code ignored;
  socket_.close(ignored);
}

} // namespace tally
