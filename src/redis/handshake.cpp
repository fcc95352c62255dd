#include "redis/handshake.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/password_file.hpp>
#include <tally/redis/replicas.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tally {
namespace {

std::optional<std::string> check(const handshake_step& step, const redis_reply& reply,
                                 const redis_settings& settings)
{
  if (reply.type == redis_reply::kind::error)
    return printable(reply.text);
  if (step.check)
    return step.check(reply);
  if (reply.type == redis_reply::kind::integer)
    return find_missing_replicas(reply, settings);
  if (reply.type != redis_reply::kind::text)
    return "unexpected reply to a setup command";
  return std::nullopt;
}

// Fails with one line.
result<std::string, std::string> current_password(const redis_settings& settings)
{
  using password = result<std::string, std::string>;
  if (settings.password_file.empty())
    return password{boost::system::in_place_value, settings.password};
  auto read = read_password_again(settings.password_file, settings.password);
  if (read)
    return read;
  return password{
      boost::system::in_place_error,
      printable("the password file \"" + settings.password_file + "\" " + read.error())};
}

std::vector<handshake_step> login_steps(const redis_settings& settings, const std::string& password)
{
  std::vector<handshake_step> steps;
  if (!settings.username.empty())
    steps.push_back({{"AUTH", settings.username, password}});
  else if (!password.empty())
    steps.push_back({{"AUTH", password}});
  if (settings.db != 0)
    steps.push_back({{"SELECT", std::to_string(settings.db)}});
  steps.push_back({{"PING"}}); // fails while Redis loads its data or requires a password
  return steps;
}

} // namespace

awaitable<std::optional<handshake_error>>
handshake(redis_link& link, const redis_settings& settings, std::vector<handshake_step> further)
{
  const auto password = current_password(settings);
  if (!password)
    co_return handshake_error{password.error(), false};
  std::vector<handshake_step> steps = login_steps(settings, *password);
  std::ranges::move(further, std::back_inserter(steps));
  for (const handshake_step& step : steps) {
    const auto reply = co_await link.request(step.command);
    if (!reply)
      co_return handshake_error{link.last_error(), false};
    if (auto error = check(step, *reply, settings))
      co_return handshake_error{std::move(*error), true};
  }
  co_return std::nullopt;
}

} // namespace tally
