// The configuration: the input is an environment of `NAME=value` lines; the result is settings or
// an error message.

#include "app/config.hpp"
#include "require.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  std::string_view remaining{reinterpret_cast<const char*>(data), size};
  std::map<std::string, std::string, std::less<>> variables;
  while (!remaining.empty()) {
    const auto line = remaining.substr(0, remaining.find('\n'));
    remaining.remove_prefix(std::min(remaining.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals != line.npos && !line.starts_with("REDIS_PASSWORD_FILE="))
      variables.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  const auto settings = tally::parse_config([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  });
  if (!settings) {
    require(!settings.error().empty());
    return 0;
  }
  const auto& [redis, http, threads, level] = *settings;
  require(redis.port != 0 && redis.backoff_min <= redis.backoff_max && redis.max_waiting != 0);
  require(redis.visit_timeout.count() > 0 && http.request_timeout.count() > 0);
  require(http.max_header_bytes >= 256 && http.max_connections != 0);
  require(threads >= 1 && threads <= 256);
  const auto described = tally::describe(*settings);
  require(described.at("REDIS_PASSWORD") == (redis.password.empty() ? "" : "(set)"));
  return 0;
}
