#include <tally/http/request_queue.hpp>

namespace tally {
namespace {

namespace http = boost::beast::http;

// The most requests of one connection that are handled together.
constexpr std::size_t max_requests = 32;

constexpr std::size_t large_string = 256;

bool is_large(const request& request)
{
  return request.target.capacity() > large_string || request.accept.capacity() > large_string ||
         request.if_none_match.capacity() > large_string ||
         request.idempotency_key.capacity() > large_string;
}

} // namespace

std::size_t request_queue::consume(boost::beast::flat_buffer& input)
{
  const std::size_t initial_size = input.size();
  bool needs_total = false; // of a request that is no visit
  incomplete_bytes_ = 0;
  while (!closed_ && !needs_total && items_.size() != max_requests && input.size() != 0) {
    if (!parser_)
      begin_item();
    const auto bytes = input.data();
    input.consume(parser_->parse({static_cast<char*>(bytes.data()), bytes.size()}));
    if (const auto error = parser_->error_status()) {
      refuse(*error);
    } else if (parser_->complete()) {
      item& next = spare_.front();
      next.version = parser_->version();
      next.keeps_alive = parser_->keeps_alive();
      closed_ = !next.keeps_alive;
      parser_.reset();
      push_back();
      handler_.handle(next.exchange);
      needs_total = !next.exchange.response && !next.exchange.visit;
      if (next.exchange.visit)
        handler_.ask_for_total(next.exchange);
    } else {
      incomplete_bytes_ = input.size();
      break;
    }
  }
  return initial_size - input.size();
}

void request_queue::begin_item()
{
  if (spare_.empty())
    spare_.emplace_back();
  item& next = spare_.front();
  next.exchange.response.reset();
  next.exchange.total.reset();
  next.exchange.visit = false;
  next.exchange.resource = nullptr;
  next.exchange.route = 0;
  next.exchange.error = {};
  next.refused = false;
  next.arrived = clock::now();
  parser_.emplace(next.exchange.request, settings_);
  deadline_ = next.arrived + settings_.request_timeout;
}

// The beginning of the next request is unknown, so the connection cannot continue.
void request_queue::refuse(http::status status)
{
  if (!parser_)
    begin_item();
  parser_.reset();
  item& next = spare_.front();
  handler_.refuse(next.exchange, status, error_text(status));
  next.keeps_alive = false;
  next.refused = true;
  push_back();
  closed_ = true;
}

// The session does not read while a request waits for Redis, so the deadline of the next one
// restarts.
void request_queue::pop_front()
{
  items_.front().exchange.response.reset(); // an idle connection keeps no body
  spare_.splice(spare_.end(), items_, items_.begin());
  if (parser_)
    deadline_ = coarse_now() + settings_.request_timeout;
}

void request_queue::release_large_buffers()
{
  spare_.remove_if([](const item& each) { return is_large(each.exchange.request); });
}

} // namespace tally
