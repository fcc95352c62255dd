#pragma once

#include "redis_server.hpp"

#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

/// The names `page/0`, `page/1` and so on.
inline std::vector<std::string> numbered_counters(int number)
{
  std::vector<std::string> names;
  for (int i = 0; i < number; ++i)
    names.push_back("page/" + std::to_string(i));
  return names;
}

/// The target of a visit to this counter.
inline std::string count_target(const std::string& counter)
{
  return counter == "visits" ? "/count" : "/count/" + counter;
}

/// The reply to a Redis command, one element for each line.
inline std::set<std::string> reply_lines(const redis_server& redis,
                                         const std::vector<std::string>& command)
{
  std::set<std::string> lines;
  std::istringstream reply{redis.connect().command(command).value_or("")};
  for (std::string line; std::getline(reply, line);)
    lines.insert(line);
  return lines;
}

/// The names in the register.
inline std::set<std::string> registered_counters(const redis_server& redis)
{
  return reply_lines(redis, {"SMEMBERS", "{visits}:.names"});
}

/// The names of all counters that have a key, without the default counter.
inline std::set<std::string> counters_with_key(const redis_server& redis)
{
  constexpr std::string_view prefix = "{visits}:";
  std::set<std::string> names;
  for (const auto& key : reply_lines(redis, {"KEYS", "{visits}:[^.]*"}))
    names.insert(key.substr(prefix.size()));
  return names;
}

/// Returns a function that returns the total of the counter with the given name.
inline auto totals_in(const redis_server& redis)
{
  return [&redis](const std::string& counter) { return redis.visits(counter); };
}

} // namespace tally::test
