#include "redis/handshake.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/replicas.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <iterator>

namespace tally {
namespace {

std::vector<redis_command> login_commands(const redis_settings& settings)
{
  std::vector<redis_command> commands;
  if (!settings.username.empty())
    commands.push_back({"AUTH", settings.username, settings.password});
  else if (!settings.password.empty())
    commands.push_back({"AUTH", settings.password});
  if (settings.db != 0)
    commands.push_back({"SELECT", std::to_string(settings.db)});
  commands.push_back({"PING"}); // fails while Redis loads its data or requires a password
  return commands;
}

} // namespace

awaitable<std::optional<handshake_error>> handshake(redis_link& link,
                                                    const redis_settings& settings,
                                                    std::vector<redis_command> setup_commands)
{
  std::vector<redis_command> commands = login_commands(settings);
  std::ranges::move(setup_commands, std::back_inserter(commands));
  std::optional<handshake_error> error;
  for (const redis_command& command : commands) {
    const auto reply = co_await link.request(command);
    if (reply && reply->type == redis_reply::kind::text)
      continue;
    if (!reply)
      error = handshake_error{link.last_error(), false};
    else if (reply->type == redis_reply::kind::error)
      error = handshake_error{printable(reply->text), true};
    else if (reply->type != redis_reply::kind::integer)
      error = handshake_error{"unexpected reply to a setup command", true};
    else if (auto missing = find_missing_replicas(*reply, settings))
      error = handshake_error{std::move(*missing), true};
    else
      continue;
    break;
  }
  co_return error;
}

} // namespace tally
