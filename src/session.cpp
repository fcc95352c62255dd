#include <tally/request_parser.hpp>
#include <tally/session.hpp>
#include <tally/visit.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <coroutine>
#include <span>
#include <string_view>
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

// Tells whether more has come; not so when the peer has ended, or the wait for it.
struct session::reading {
  session& of;
  bool await_ready() { return of.stream_.readable() && of.try_read(); }
  void await_suspend(std::coroutine_handle<> waits) { of.reader_.await_suspend(waits); }
  bool await_resume() const { return of.succeeded_; }
};

// Tells whether all that was answered is on its way.
struct session::writing {
  session& of;
  bool await_ready() { return of.try_write(); }
  void await_suspend(std::coroutine_handle<> waits) { of.writer_.await_suspend(waits); }
  bool await_resume() const { return of.succeeded_; }
};

session::session(stream& over, shared& with)
    : stream_{over}, shared_{with}, in_{with.settings.max_header_bytes + 2 * read_size}
{
}

void session::run(task::ended ended)
{
  stream_.open(*this);
  task_ = serve();
  task_.start(std::move(ended));
}

task session::serve()
{
  for (bool keep_alive = true; keep_alive; first_ = false) {
    // A large request is rare, and many at once are, too; an idle connection is not.
    if (in_.size() == 0 && in_.capacity() > 2 * read_size)
      in_.shrink_to_fit();
    if (out_.empty() && out_.capacity() > 2 * read_size)
      out_.shrink_to_fit();
    // A request, to the end of its body.
    request_parser parser{request_, shared_.settings};
    wait_for(phase::idle,
             first_ ? shared_.settings.request_timeout : shared_.settings.idle_timeout);
    for (parse(parser); !parser.complete() && !parser.refused(); parse(parser)) {
      if (parser.takes_continue())
        out_.append("HTTP/1.1 100 Continue\r\n\r\n");
      // Only when more has to come from the peer, what was answered so far goes out.
      if (!out_.empty()) {
        const auto [before, until] = std::pair{phase_, deadline_};
        if (!co_await flush())
          co_return;
        phase_ = before;
        deadline_ = until;
      }
      if (phase_ == phase::idle && shared_.closing)
        co_return;
      if (in_.size() == in_.max_size()) { // a chunk's extensions, or trailers
        refuse(http::status::request_header_fields_too_large);
        break;
      }
      if (co_await more())
        continue;
      if (!expired_ || phase_ == phase::idle)
        co_return;
      refuse(http::status::request_timeout);
      break;
    }

    keep_alive = parser.complete() && parser.keeps_alive();
    if (parser.refused()) {
      refuse(*parser.refused());
    } else if (parser.complete()) {
      // What is answered already does not wait for what others answer.
      if (!out_.empty() && router::waits(request_) && !co_await flush())
        co_return;
      wait_for(phase::answering, {});
      visit who;
      auto answer = shared_.routes.answer(request_, who);
      if (!answer) {
        const auto total = co_await who;
        answer = router::answer(request_, total);
        if (!total && router::is_visit(request_))
          log_failure(total.error(), answer->status);
      }
      // Asked only now, with the answer there: a drain may have begun meanwhile.
      keep_alive = keep_alive && !ends_now();
      write(*answer,
            {.head = request_.method == http::verb::head,
             .close = !keep_alive,
             .http_1_0 = parser.version() < 11},
            shared_.date.now(), out_);
      if (shared_.to.enabled(log_level::debug))
        shared_.to.debug("request", {{"request_id", request_.id},
                                     {"method", std::string{http::to_string(request_.method)}},
                                     {"target", request_.target},
                                     {"status", static_cast<unsigned>(answer->status)}});
    }
    if ((!keep_alive || out_.size() >= write_size) && !co_await flush())
      co_return;
  }

  // The peer is told that nothing more comes, and is listened to until it has understood.
  stream_.shutdown();
  wait_for(phase::writing, linger_time);
  do
    in_.clear();
  while (!expired_ && co_await more());
}

void session::parse(request_parser& parser)
{
  if (in_.size() == 0)
    return;
  if (phase_ == phase::idle)
    wait_for(phase::reading, shared_.settings.request_timeout);
  const auto bytes = in_.data();
  const std::size_t used = parser.parse({static_cast<char*>(bytes.data()), bytes.size()});
  in_.consume(used);
  if (accepted_bytes_)
    *accepted_bytes_ -= std::min(*accepted_bytes_, used);
}

// Returns whether a drain ends the connection with this answer. What had arrived when the session
// noticed the drain is still answered; what arrives later is not.
bool session::ends_now()
{
  if (!shared_.draining)
    return false;
  if (!accepted_bytes_) {
    while (in_.size() != in_.max_size() && try_read() && succeeded_)
      ;
    accepted_bytes_ = in_.size();
  }
  return *accepted_bytes_ == 0;
}

void session::log_failure(error_code error, http::status status)
{
  shared_.to.warning("visit_failed", {{"request_id", request_.id},
                                      {"status", static_cast<unsigned>(status)},
                                      {"reason", error.message()}});
}

session::reading session::more()
{
  return {*this};
}

session::writing session::flush()
{
  wait_for(phase::writing, shared_.settings.write_timeout);
  written_ = 0;
  return {*this};
}

// Whether there is no need to wait any longer.
bool session::try_read()
{
  const auto room = in_.prepare(std::min(read_size, in_.max_size() - in_.size()));
  const auto n = stream_.read({static_cast<char*>(room.data()), room.size()});
  if (n.has_error() && n.error() == boost::asio::error::would_block)
    return false;
  succeeded_ = n.has_value() && *n != 0;
  if (succeeded_)
    in_.commit(*n);
  return true;
}

bool session::try_write()
{
  succeeded_ = true;
  while (succeeded_ && written_ != out_.size()) {
    const auto n = stream_.write(std::string_view{out_}.substr(written_));
    if (n.has_error() && n.error() == boost::asio::error::would_block)
      return false;
    succeeded_ = n.has_value();
    if (succeeded_)
      written_ += *n;
  }
  out_.clear();
  return true;
}

void session::on_readable()
{
  if (reader_ && try_read())
    reader_.resume();
}

void session::on_writable()
{
  if (writer_ && try_write())
    writer_.resume();
}

// Ends the wait for the peer, if there is one. Nothing of this session may be used after that.
void session::give_up()
{
  succeeded_ = false;
  if (reader_)
    reader_.resume();
  else if (writer_)
    writer_.resume();
}

// The connection cannot go on: where the next request begins is unknown.
void session::refuse(http::status status)
{
  write(refusal(status), {.close = true}, shared_.date.now(), out_);
}

void session::wait_for(phase what, std::chrono::milliseconds at_most)
{
  phase_ = what;
  expired_ = false;
  since_ = coarse_now();
  deadline_ = what == phase::answering ? clock::time_point::max() : since_ + at_most;
}

bool session::sweep(clock::time_point now)
{
  if (now < deadline_)
    return false;
  expired_ = true;
  give_up();
  return true;
}

void session::end_if_idle(clock::time_point since)
{
  // What has arrived is still served, even if nobody has said so yet.
  if (phase_ == phase::idle && since_ <= since && reader_) {
    if (!try_read())
      succeeded_ = false;
    reader_.resume();
  }
}

std::optional<clock::time_point> session::idle_since() const
{
  return phase_ == phase::idle ? std::optional{since_} : std::nullopt;
}

void session::cut()
{
  stream_.close();
  give_up();
}

} // namespace tally
