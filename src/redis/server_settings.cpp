#include "redis/server_settings.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/command.hpp>

#include <utility>

namespace tally {

awaitable<void> server_settings::check(redis_link& link)
{
  if (refused_ || !log_.enabled(log_level::warning))
    co_return;
  // All sections: Redis 6 accepts only one name.
  const auto reply = co_await link.request(info_);
  if (!reply)
    co_return;
  if (reply->type != redis_reply::kind::text) {
    refused_ = true;
    log_.debug("redis_settings_unknown", {{"reply", printable(reply->text)}});
    co_return;
  }
  const std::string_view info = reply->text;
  judge("maxmemory-policy", info_field(info, "maxmemory_policy"), "noeviction",
        "Redis may delete counters, which then begin again at 1");
  const auto enabled = info_field(info, "aof_enabled");
  judge("appendonly",
        enabled == "0"   ? "no"
        : enabled == "1" ? "yes"
                         : "",
        "yes", "a crash of Redis loses the visits since its last snapshot");
  if (replicas_ == 0)
    co_return;
  const std::string expected = std::to_string(replicas_);
  // INFO has the field only if the setting is above 0, and not its value.
  const bool none = info_field(info, "min_slaves_good_slaves").empty();
  judge("min-replicas-to-write",
        info_field(info, "role").empty() ? std::string_view{}
        : none                           ? "0"
                                         : expected,
        expected, "a master without replicas keeps visits that get 504");
}

// Services that manage Redis leave fields out.
void server_settings::judge(const std::string& setting, std::string_view value,
                            std::string_view expected, std::string_view effect)
{
  if (value.empty() || std::exchange(values_[setting], value) == value || value == expected)
    return;
  log_.warning("redis_unsafe_setting", {{"setting", setting},
                                        {"value", printable(value)},
                                        {"expected", expected},
                                        {"effect", effect}});
}

} // namespace tally
