#include <tally/base/text.hpp>
#include <tally/redis/replicas.hpp>

namespace tally {

redis_command wait_for_replicas(const redis_settings& settings)
{
  return {"WAIT", std::to_string(settings.replicas),
          std::to_string(settings.replicas_timeout.count())};
}

std::optional<std::string> find_missing_replicas(const redis_reply& reply,
                                                 const redis_settings& settings)
{
  using kind = redis_reply::kind;
  if (reply.type == kind::error)
    return printable(reply.text);
  if (reply.type != kind::integer)
    return "an unexpected reply to WAIT";
  if (reply.integer >= static_cast<std::int64_t>(settings.replicas))
    return std::nullopt;
  return std::to_string(reply.integer) + " of " + std::to_string(settings.replicas) +
         " replicas have confirmed a write within " +
         std::to_string(settings.replicas_timeout.count()) + " ms";
}

} // namespace tally
