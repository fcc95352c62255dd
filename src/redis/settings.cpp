#include <tally/redis/settings.hpp>

namespace tally {

std::string address_text(const redis_settings& settings)
{
  return settings.socket.empty() ? to_string(redis_address{settings.host, settings.port})
                                 : settings.socket;
}

} // namespace tally
