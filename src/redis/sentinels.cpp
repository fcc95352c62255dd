#include "redis/sentinels.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <utility>

namespace tally {

redis_settings settings_for_sentinels(redis_settings settings)
{
  settings.username = settings.sentinel_username;
  settings.password = settings.sentinel_password;
  settings.password_file = settings.sentinel_password_file;
  settings.db = 0;
  return settings;
}

handshake_step ask_for_master(const std::string& service, redis_address& master)
{
  const auto check = [service, &master](const redis_reply& reply) -> std::optional<std::string> {
    if (reply.type == redis_reply::kind::nil)
      return "there is no master called " + printable(service);
    const auto address = reply.elements.size() == 2
                             ? parse_address(reply.elements[0] + ':' + reply.elements[1])
                             : std::nullopt;
    if (!address)
      return "unexpected reply of a sentinel";
    master = *address;
    return std::nullopt;
  };
  return {{"SENTINEL", "get-master-addr-by-name", service}, check};
}

sentinels::sentinels(event_loop& loop, resolver& resolver, const redis_settings& settings,
                     timer& wakeup)
    : settings_{settings_for_sentinels(settings)}, connector_{loop, resolver, settings_, wakeup},
      addresses_{settings.sentinels}
{
}

awaitable<sentinels::answer> sentinels::ask(std::size_t index, clock::time_point deadline)
{
  redis_address master;
  const connector::steps steps = [&] {
    return std::vector{ask_for_master(settings_.sentinel_service, master)};
  };
  const auto link = co_await connector_.connect(addresses_[index], steps, deadline);
  if (!link)
    co_return answer{boost::system::in_place_error,
                     "sentinel " + to_string(addresses_[index]) + ": " + link.error()};
  co_return answer{boost::system::in_place_value, master};
}

void sentinels::prefer(const redis_address& sentinel)
{
  const auto found = std::ranges::find(addresses_, sentinel);
  if (found != addresses_.end())
    prefer(static_cast<std::size_t>(found - addresses_.begin()));
}

void sentinels::prefer(std::size_t index)
{
  const auto preferred = addresses_.begin() + static_cast<std::ptrdiff_t>(index);
  std::rotate(addresses_.begin(), preferred, preferred + 1);
}

} // namespace tally
