#include <tally/redis/settings.hpp>

namespace tally {

std::string address_text(const redis_settings& settings)
{
  if (!settings.socket.empty())
    return settings.socket;
  const bool ipv6 = settings.host.find(':') != std::string::npos;
  std::string text = ipv6 ? '[' + settings.host + ']' : settings.host;
  text += ':';
  text += std::to_string(settings.port);
  return text;
}

} // namespace tally
