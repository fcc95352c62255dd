#include <tally/http/session.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tally {

namespace http = boost::beast::http;

namespace {

// Answers to pipelined requests are gathered up to here before they are written.
constexpr std::size_t write_size = 16384;

// Room behind a header of the largest size.
constexpr std::size_t pipeline_size = 4096;

// A client that was refused, or told goodbye, may still be sending: closing at once would reset
// the connection and lose it the answer (RFC 9112, 9.6). What it sends is dropped for this long.
constexpr std::chrono::milliseconds linger_time{1000};

} // namespace

session::session(stream& stream, shared& worker)
    : stream_{stream, worker.settings.max_header_bytes + pipeline_size}, shared_{worker},
      requests_{worker.handler, worker.settings}
{
}

void session::run(task::ended ended)
{
  stream_.open();
  task_ = serve();
  task_.start(std::move(ended));
}

task session::serve()
{
  while (!last_) {
    if (!requests_.arriving() && stream_.in.size() == 0) {
      if (shared_.closing)
        co_return;
      release_large_buffers();
      idle_since_ = coarse_now();
      stream_.set_deadline(*idle_since_ + (first_ ? shared_.settings.request_timeout
                                                  : shared_.settings.idle_timeout));
    } else {
      stream_.set_deadline(requests_.deadline());
    }
    const bool needs_more = requests_.needs_more(stream_.in);
    if (needs_more &&
        stream_.in.size() == stream_.in.max_size()) { // a chunk's extensions, trailers
      requests_.refuse(http::status::request_header_fields_too_large);
    } else if (needs_more && !co_await stream_.read()) {
      if (!stream_.expired() || idle_since_)
        co_return;
      requests_.refuse(http::status::request_timeout);
    } else {
      take_in();
    }

    for (; !requests_.empty(); requests_.pop_front()) {
      exchange& oldest = requests_.front().exchange;
      if (!oldest.response) {
        if (!oldest.total)
          shared_.handler.ask_for_total(oldest);
        // What is answered already does not wait for what Redis has to answer.
        if (!oldest.total->await_ready() && !stream_.out.empty() && !co_await write())
          co_return;
        stream_.set_deadline(clock::time_point::max()); // the total has one of its own
        pending_total& pending = *oldest.total;
        const auto total = co_await pending;
        shared_.handler.complete(oldest, total);
      }
      respond(requests_.front());
      if (stream_.out.size() >= write_size && !co_await write())
        co_return;
    }
    if (requests_.takes_continue())
      stream_.out.append("HTTP/1.1 100 Continue\r\n\r\n");
    if (!stream_.out.empty() && !co_await write())
      co_return;
  }

  // The peer sees the end, and is read from until it ends, too.
  stream_.shutdown();
  stream_.set_deadline(coarse_now() + linger_time);
  do
    stream_.in.clear();
  while (!stream_.expired() && co_await stream_.read());
}

void session::take_in()
{
  first_ = false;
  idle_since_.reset();
  const std::size_t used = requests_.take_in(stream_.in);
  if (accepted_bytes_)
    *accepted_bytes_ -= std::min(*accepted_bytes_, used);
}

// The response goes to stream_.out, which is written when there is nothing else to add to it.
void session::respond(const request_queue::item& answered)
{
  const exchange& exchange = answered.exchange;
  // Not before the response is there: a drain may have begun meanwhile.
  const bool close = !answered.keeps_alive || (requests_.size() == 1 && ends_now());
  last_ = last_ || close;
  serialize(*exchange.response,
            {.head = exchange.request.method == http::verb::head && !answered.refused,
             .close = close,
             .http_1_0 = answered.version < 11 && !answered.refused},
            shared_.date.now(), stream_.out);
  if (!answered.refused)
    log_response(exchange);
}

void session::log_response(const exchange& exchange) const
{
  const auto status = static_cast<unsigned>(exchange.response->status);
  if (exchange.visit && status >= 500)
    shared_.log.warning("visit_failed", {{"request_id", exchange.request.id},
                                         {"status", status},
                                         {"reason", exchange.error.message()}});
  if (shared_.log.enabled(log_level::debug))
    shared_.log.debug("request", {{"request_id", exchange.request.id},
                                  {"method", std::string{http::to_string(exchange.request.method)}},
                                  {"target", exchange.request.target},
                                  {"status", status}});
}

// Whether a drain ends the connection with this response: what has arrived when the drain is
// noticed is still answered, and nothing that comes after it.
bool session::ends_now()
{
  if (!shared_.draining)
    return false;
  if (!accepted_bytes_) {
    stream_.read_arrived();
    accepted_bytes_ = stream_.in.size();
  }
  return *accepted_bytes_ == 0 && !requests_.arriving();
}

// Large buffers are rare and idle connections common.
void session::release_large_buffers()
{
  stream_.release_large_buffers();
  requests_.release_large_buffers();
}

buffered_stream::write_wait session::write()
{
  stream_.set_deadline(coarse_now() + shared_.settings.write_timeout);
  return stream_.write();
}

void session::end_if_idle(clock::time_point since)
{
  // What has arrived is still served, even if no event has reported it yet.
  if (idle_since_ && *idle_since_ <= since)
    stream_.end_read();
}

std::string_view session::request_id() const
{
  return requests_.empty() ? std::string_view{} : requests_.front().exchange.request.id;
}

} // namespace tally
