#include <tally/http/session.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tally {

namespace http = boost::beast::http;

namespace {

// Responses to pipelined requests are collected up to this size before they are written.
constexpr std::size_t write_size = 16384;

// Space for pipelined requests after a header of the maximum size.
constexpr std::size_t pipeline_size = 4096;

// The client may still be sending: an immediate close would reset the connection, and the client
// might lose the response (RFC 9112, 9.6). For this time the session lingers: it reads and drops.
constexpr std::chrono::milliseconds linger_time{1000};

} // namespace

session::session(stream& stream, shared& worker)
    : stream_{stream, worker.settings.max_header_bytes + pipeline_size}, shared_{worker},
      requests_{worker.handler, worker.settings}
{
}

void session::run(task::completion_handler on_end)
{
  stream_.open();
  task_ = serve();
  task_.start(std::move(on_end));
}

// All waiting is here: for requests, for totals, and for the peer to receive the responses.
task session::serve()
{
  while (!close_announced_) {
    const bool idle = !requests_.arriving() && stream_.input.size() == 0;
    if (idle && shared_.closing)
      co_return;
    if (idle)
      become_idle();
    set_read_deadline();
    const bool needs_more = requests_.needs_more(stream_.input);
    const bool input_full = stream_.input.size() == stream_.input.max_size();
    if (needs_more && input_full) { // of chunk extensions or trailers
      requests_.refuse(http::status::request_header_fields_too_large);
    } else if (needs_more && !co_await stream_.read()) {
      if (!stream_.expired() || idle_since_)
        co_return;
      requests_.refuse(http::status::request_timeout);
    } else {
      consume_input();
    }

    for (; !requests_.empty(); requests_.pop_front()) {
      exchange& oldest = requests_.front().exchange;
      if (!oldest.response) {
        if (!oldest.total)
          shared_.handler.ask_for_total(oldest);
        // Responses that are ready do not wait for the reply of Redis.
        if (!oldest.total->await_ready() && !stream_.output.empty() && !co_await write())
          co_return;
        stream_.set_deadline(clock::time_point::max()); // the total has its own deadline
        pending_total& pending = *oldest.total;
        const auto total = co_await pending;
        shared_.handler.complete(oldest, total);
      }
      respond(requests_.front());
      if (stream_.output.size() >= write_size && !co_await write())
        co_return;
    }
    if (requests_.consume_expect_continue())
      stream_.output.append("HTTP/1.1 100 Continue\r\n\r\n");
    if (!stream_.output.empty() && !co_await write())
      co_return;
  }

  // Send FIN, and read until the peer does the same.
  stream_.shutdown();
  stream_.set_deadline(coarse_now() + linger_time);
  do
    stream_.input.clear();
  while (!stream_.expired() && co_await stream_.read());
}

// Large buffers are rare and idle connections common, so an idle connection keeps none.
void session::become_idle()
{
  stream_.release_large_buffers();
  requests_.release_large_buffers();
  if (unwritten_.capacity() > 4)
    std::vector<unwritten>{}.swap(unwritten_);
  idle_since_ = coarse_now();
}

void session::set_read_deadline()
{
  if (idle_since_)
    stream_.set_deadline(*idle_since_ + (awaiting_first_request_ ? shared_.settings.request_timeout
                                                                 : shared_.settings.idle_timeout));
  else
    stream_.set_deadline(requests_.deadline());
}

void session::consume_input()
{
  awaiting_first_request_ = false;
  idle_since_.reset();
  const std::size_t consumed = requests_.consume(stream_.input);
  if (accepted_bytes_)
    *accepted_bytes_ -= std::min(*accepted_bytes_, consumed);
}

session::write_wait session::write()
{
  stream_.set_deadline(coarse_now() + shared_.settings.write_timeout);
  return {*this, stream_.write()};
}

bool session::write_wait::await_resume()
{
  if (!wait.await_resume())
    return false;
  owner.observe_written();
  return true;
}

void session::observe_written()
{
  const auto now = clock::now();
  for (const unwritten& each : unwritten_)
    shared_.statistics.observe(each.route, each.visit, now - each.arrived);
  unwritten_.clear();
}

// Writes the response to the output buffer, which serve() sends together with those that follow.
void session::respond(const request_queue::item& item)
{
  const exchange& exchange = item.exchange;
  // Decided now and not when the request arrived: a drain may have begun since.
  const bool close = !item.keeps_alive || (requests_.size() == 1 && must_close());
  close_announced_ = close_announced_ || close;
  // Here the response becomes a message.
  serialize(*exchange.response,
            {.head = exchange.request.method == http::verb::head && !item.refused,
             .close = close,
             .http_1_0 = item.version < 11 && !item.refused},
            shared_.date.now(), stream_.output);
  shared_.statistics.count(exchange);
  unwritten_.push_back({item.arrived, exchange.route, exchange.visit});
  if (!item.refused)
    log_response(exchange);
}

// Whether a drain closes the connection with this response. Requests that have arrived when the
// session notices the drain still get their responses; later ones do not.
bool session::must_close()
{
  if (!shared_.draining)
    return false;
  if (!accepted_bytes_) {
    stream_.read_arrived();
    accepted_bytes_ = stream_.input.size();
  }
  return *accepted_bytes_ == 0 && !requests_.arriving();
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

void session::end_if_idle(clock::time_point limit)
{
  // A request that has arrived is still served, even if no event has reported it yet.
  if (idle_since_ && *idle_since_ <= limit)
    stream_.end_read();
}

std::string_view session::request_id() const
{
  return requests_.empty() ? std::string_view{} : requests_.front().exchange.request.id;
}

} // namespace tally
