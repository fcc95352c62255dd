#include <tally/redis/address.hpp>
#include <tally/redis/reply.hpp>

#include <limits>

namespace tally {

std::string to_string(const redis_address& address)
{
  const bool bracketed = address.host.find(':') != address.host.npos;
  return (bracketed ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

std::optional<redis_address> parse_address(std::string_view text)
{
  const auto colon = text.rfind(':');
  if (colon == text.npos)
    return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  const auto port = parse_total(text.substr(colon + 1));
  if (!port || *port < 1 || *port > std::numeric_limits<std::uint16_t>::max())
    return std::nullopt;
  return redis_address{std::string{host}, static_cast<std::uint16_t>(*port)};
}

} // namespace tally
