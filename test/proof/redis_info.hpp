#pragma once

#include "redis_client.hpp"

#include <string>
#include <string_view>

namespace tally::test {

/// How many connections this Redis has accepted since it started.
inline long long connections_received(redis_client& redis)
{
  const auto info = *redis.command({"INFO", "stats"});
  constexpr std::string_view field = "total_connections_received:";
  return std::stoll(info.substr(info.find(field) + field.size()));
}

} // namespace tally::test
