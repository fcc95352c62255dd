#include "app/servers_config.hpp"

#include "app/bad_value.hpp"
#include "app/redis_config.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/address.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally {
namespace {

constexpr std::size_t max_addresses = 16;

std::optional<redis_address> read_address(std::string_view text)
{
  const std::string_view excluded = text.starts_with('[') ? "/[]@ " : ":/[]@ ";
  auto address = parse_address(text);
  const bool valid = address && !address->host.empty() &&
                     address->host.find_first_of(excluded) == address->host.npos;
  return valid ? std::move(address) : std::nullopt;
}

std::vector<redis_address> read_addresses(const char* variable, const std::string& list)
{
  std::vector<redis_address> addresses;
  bool valid = !list.ends_with(',');
  for (std::string_view rest = list; valid && !rest.empty();) {
    auto address = read_address(next_token(rest, ','));
    valid = address && addresses.size() < max_addresses &&
            std::ranges::find(addresses, *address) == addresses.end();
    if (valid)
      addresses.push_back(std::move(*address));
  }
  if (!valid)
    refuse(variable, list,
           "a list of at most 16 different addresses host:port, with commas between them and an "
           "IPv6 address in brackets");
  return addresses;
}

void refuse_others(const environment& variables, const std::string& variable)
{
  for (const std::string name : {"REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_SENTINELS"})
    if (name != variable && value_of(variables, name.c_str()))
      throw bad_value{std::string{variable}.append(" and ").append(name).append(
          " are both set: set only one of them")};
}

} // namespace

void complete_server_settings(const environment& variables, redis_settings& redis)
{
  if (!redis.cluster_list.empty()) {
    refuse_others(variables, "REDIS_CLUSTER_NODES");
    redis.cluster_nodes = read_addresses("REDIS_CLUSTER_NODES", redis.cluster_list);
  }
  if (redis.sentinel_list.empty()) {
    for (const std::string name : {"REDIS_SENTINEL_SERVICE", "REDIS_SENTINEL_USERNAME",
                                   "REDIS_SENTINEL_PASSWORD", "REDIS_SENTINEL_PASSWORD_FILE"})
      if (value_of(variables, name.c_str()))
        throw bad_value{name + " is set, but REDIS_SENTINELS is not"};
    return;
  }
  refuse_others(variables, "REDIS_SENTINELS");
  if (redis.sentinel_service.empty())
    throw bad_value{"REDIS_SENTINELS is set, but REDIS_SENTINEL_SERVICE, the name of the master, "
                    "is not"};
  redis.sentinels = read_addresses("REDIS_SENTINELS", redis.sentinel_list);
  complete_login("REDIS_SENTINEL", redis.sentinel_username, redis.sentinel_password,
                 redis.sentinel_password_file);
}

} // namespace tally
