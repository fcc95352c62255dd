#include "redis/address_lookup.hpp"

#include <boost/asio/ip/address.hpp>

#include <sstream>
#include <utility>

namespace tally {

address_lookup::address_lookup(event_loop& loop, resolver& resolver, const redis_settings& settings,
                               timer& wakeup)
    : loop_{loop}, resolver_{resolver}, settings_{settings}, wakeup_{wakeup}
{
}

void address_lookup::start()
{
  error_code not_numeric;
  const auto address = asio::ip::make_address(settings_.host, not_numeric);
  if (!not_numeric) {
    found_ = endpoints{{address, settings_.port}};
    return;
  }
  if (!found_.empty() || std::exchange(in_flight_, true))
    return;
  resolver_.resolve(loop_, [this](error_code error, endpoints found) {
    in_flight_ = false;
    error_ = error;
    found_ = std::move(found);
    wakeup_.cancel();
  });
}

result<address_lookup::endpoints, std::string> address_lookup::take_result()
{
  if (in_flight_)
    return "cannot resolve " + settings_.host + " in time";
  if (error_)
    return "cannot resolve " + settings_.host + ": " + error_.message();
  return std::exchange(found_, {});
}

std::string to_string(const asio::ip::tcp::endpoint& endpoint)
{
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

} // namespace tally
