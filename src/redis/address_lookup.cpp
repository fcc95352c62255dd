#include "redis/address_lookup.hpp"

#include <boost/asio/ip/address.hpp>

#include <utility>

namespace tally {

address_lookup::address_lookup(event_loop& loop, resolver& resolver, timer& wakeup)
    : loop_{loop}, resolver_{resolver}, wakeup_{wakeup}
{
}

void address_lookup::start(const redis_address& address)
{
  lookup& started = lookups_[address];
  error_code not_numeric;
  const auto numeric = asio::ip::make_address(address.host, not_numeric);
  if (!not_numeric) {
    started.found = endpoints{{numeric, address.port}};
    return;
  }
  if (!started.found.empty() || std::exchange(started.in_flight, true))
    return;
  resolver_.resolve(loop_, address.host, address.port,
                    [this, address](error_code error, endpoints found) {
                      lookups_[address] = {false, error, std::move(found)};
                      wakeup_.cancel();
                    });
}

bool address_lookup::in_flight(const redis_address& address) const
{
  const auto found = lookups_.find(address);
  return found != lookups_.end() && found->second.in_flight;
}

result<address_lookup::endpoints, std::string>
address_lookup::take_result(const redis_address& address)
{
  if (in_flight(address))
    return "cannot resolve " + address.host + " in time";
  const lookup ended = std::move(lookups_.extract(address).mapped());
  if (ended.error)
    return "cannot resolve " + address.host + ": " + ended.error.message();
  return ended.found;
}

} // namespace tally
