#include "redis/endpoint.hpp"

#include <sstream>

namespace tally {

std::string to_string(const redis_endpoint& endpoint)
{
  std::ostringstream text;
  std::visit([&](const auto& address) { text << address; }, endpoint.address);
  return text.str();
}

} // namespace tally
