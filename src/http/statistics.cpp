#include <tally/http/statistics.hpp>

#include <algorithm>

namespace tally {
namespace {

using boost::beast::http::status;
using boost::beast::http::verb;

http_statistics::outcome outcome_of(status code)
{
  switch (code) {
  case status::ok:
    return http_statistics::counted;
  case status::gateway_timeout:
    return http_statistics::unknown;
  case status::internal_server_error:
    return http_statistics::broken;
  default:
    return http_statistics::refused;
  }
}

std::size_t index_of(verb method)
{
  switch (method) {
  case verb::get:
    return 0;
  case verb::head:
    return 1;
  case verb::post:
    return 2;
  case verb::options:
    return 3;
  default:
    return 4;
  }
}

std::size_t index_of(status code)
{
  constexpr auto& known = http_statistics::statuses;
  const auto found = std::ranges::find(known, static_cast<unsigned>(code));
  return std::min<std::size_t>(static_cast<std::size_t>(found - known.begin()), known.size() - 1);
}

} // namespace

void http_statistics::count(const exchange& exchange)
{
  const status code = exchange.response->status;
  ++responses[exchange.route][index_of(exchange.request.method)][index_of(code)];
  if (exchange.visit)
    ++visits[outcome_of(code)];
}

void http_statistics::observe(std::size_t route, bool visit, clock::duration duration)
{
  durations[route].observe(duration);
  if (visit)
    visit_durations.observe(duration);
}

} // namespace tally
