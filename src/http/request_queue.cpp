#include <tally/http/request_queue.hpp>

namespace tally {
namespace {

namespace http = boost::beast::http;

// So many requests of one connection are handled together.
constexpr std::size_t max_requests = 32;

constexpr std::size_t large_target = 256;

} // namespace

std::size_t request_queue::take_in(boost::beast::flat_buffer& in)
{
  const std::size_t before = in.size();
  bool total = false;
  incomplete_ = 0;
  while (!complete_ && !total && items_.size() != max_requests && in.size() != 0) {
    if (!parser_)
      begin_item();
    const auto bytes = in.data();
    in.consume(parser_->parse({static_cast<char*>(bytes.data()), bytes.size()}));
    if (const auto error = parser_->refused()) {
      refuse(*error);
    } else if (parser_->complete()) {
      item& next = spare_.front();
      next.version = parser_->version();
      next.keeps_alive = parser_->keeps_alive();
      complete_ = !next.keeps_alive;
      parser_.reset();
      push_back();
      handler_.handle(next.exchange);
      total = !next.exchange.response && !next.exchange.visit;
      if (next.exchange.visit)
        handler_.ask_for_total(next.exchange);
    } else {
      incomplete_ = in.size();
      break;
    }
  }
  return before - in.size();
}

void request_queue::begin_item()
{
  if (spare_.empty())
    spare_.emplace_back();
  item& next = spare_.front();
  next.exchange.response.reset();
  next.exchange.total.reset();
  next.exchange.visit = false;
  next.refused = false;
  parser_.emplace(next.exchange.request, settings_);
  deadline_ = coarse_now() + settings_.request_timeout;
}

// Where the next request begins is unknown: the connection cannot go on.
void request_queue::refuse(http::status status)
{
  if (!parser_)
    begin_item();
  parser_.reset();
  item& next = spare_.front();
  next.exchange.response = refusal(status);
  next.keeps_alive = false;
  next.refused = true;
  push_back();
  complete_ = true;
}

// What arrives behind a request that waits for Redis cannot be read meanwhile.
void request_queue::pop_front()
{
  spare_.splice(spare_.end(), items_, items_.begin());
  if (parser_)
    deadline_ = coarse_now() + settings_.request_timeout;
}

void request_queue::release_large_buffers()
{
  spare_.remove_if(
      [](const item& each) { return each.exchange.request.target.capacity() > large_target; });
}

} // namespace tally
