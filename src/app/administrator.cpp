#include "app/administrator.hpp"

#include <tally/base/clock.hpp>
#include <tally/counting/name.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tally {
namespace {

// An attempt may take all of the connect timeout: with this margin it can still report its error.
constexpr std::chrono::milliseconds connect_margin{100};

boost::json::object to_json(const std::string& name, std::int64_t total)
{
  return {{"name", name}, {"total", total}};
}

// Finds the node of a Redis Cluster that has the keys: the others reply with a redirection.
std::vector<redis_command> setup_commands(const redis_settings& settings)
{
  if (settings.cluster_nodes.empty())
    return {};
  return {{"EVAL", "return ''", "1", default_counter}};
}

std::string name_of_redis(const redis_settings& settings)
{
  if (!settings.sentinels.empty())
    return "the master \"" + settings.sentinel_service + "\" of the sentinels";
  if (!settings.cluster_nodes.empty())
    return "the Redis Cluster";
  return "Redis at " + address_text(settings);
}

// Only a change waits for the replicas: an operator can read the counters without them.
redis_settings settings_for(command task, redis_settings settings)
{
  if (task == command::list || task == command::get)
    settings.replicas = 0;
  return settings;
}

std::string no_counter(const std::string& name)
{
  return "there is no counter \"" + name + '"';
}

} // namespace

// A connection logs nothing of level error by itself.
administrator::administrator(const command_line& line, const redis_settings& settings)
    : line_{line}, settings_{settings_for(line.task, settings)}, log_{STDERR_FILENO,
                                                                      log_level::error},
      wakeup_{loop_}, connection_{loop_,     resolver_,
                                  settings_, [this] { return setup_commands(settings_); },
                                  log_,      0},
      counters_{connection_, settings_}, look_ups_{[this](const std::stop_token& token) {
        const std::stop_callback stop{token, [this] { resolver_.stop(); }};
        resolver_.run();
      }}
{
  connection_.on_change([this] { wakeup_.cancel(); });
}

administrator::outcome administrator::run()
{
  asio::co_spawn(loop_.get_executor(), connection_.run(), rethrow);
  asio::co_spawn(loop_.get_executor(), connect_and_execute(), rethrow);
  loop_.run();
  return std::move(outcome_);
}

awaitable<void> administrator::connect_and_execute()
{
  const bool ready = co_await connect();
  if (ready)
    co_await execute();
  connection_.stop();
  loop_.stop();
}

awaitable<bool> administrator::connect()
{
  const auto deadline = clock::now() + settings_.connect_timeout + connect_margin;
  while (connection_.state() == redis_state::connecting && clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  if (connection_.state() == redis_state::ready)
    co_return true;
  outcome_.error = "cannot use " + name_of_redis(settings_) + ": ";
  outcome_.error += connection_.last_error();
  co_return false;
}

awaitable<void> administrator::execute()
{
  if (line_.task == command::list)
    co_await list();
  else if (line_.task == command::get)
    co_await get();
  else if (line_.task == command::set)
    co_await set();
  else
    co_await remove();
}

awaitable<void> administrator::get()
{
  const auto total = co_await counters_.get(line_.name);
  if (!total)
    outcome_.error = total.error();
  else if (!*total)
    outcome_.error = no_counter(line_.name);
  else if (line_.json)
    outcome_.output = boost::json::serialize(to_json(line_.name, **total)) + '\n';
  else
    outcome_.output = std::to_string(**total) + '\n';
}

awaitable<void> administrator::set()
{
  const auto done = co_await counters_.set(line_.name, line_.number);
  if (!done)
    outcome_.error = done.error();
}

awaitable<void> administrator::remove()
{
  const auto found = co_await counters_.remove(line_.name);
  if (!found)
    outcome_.error = found.error();
  else if (!*found)
    outcome_.error = no_counter(line_.name);
}

awaitable<void> administrator::list()
{
  const auto totals = co_await counters_.list();
  if (!totals) {
    outcome_.error = totals.error();
    co_return;
  }
  boost::json::array array;
  for (const auto& [name, total] : *totals) {
    if (!total)
      outcome_.error = "the key of \"" + name + "\" does not hold a whole number";
    else if (line_.json)
      array.push_back(to_json(name, *total));
    else
      outcome_.output += name + '\t' + std::to_string(*total) + '\n';
  }
  if (line_.json)
    outcome_.output = boost::json::serialize(array) + '\n';
}

} // namespace tally
