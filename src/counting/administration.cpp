#include "counting/administration_scripts.hpp"
#include "counting/keys.hpp"

#include <tally/base/text.hpp>
#include <tally/counting/administration.hpp>
#include <tally/counting/name.hpp>
#include <tally/redis/replicas.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tally {
namespace {

redis_command eval(std::string_view script, const std::vector<std::string>& keys,
                   const std::vector<std::string>& arguments = {})
{
  redis_command command;
  command.begin(3 + keys.size() + arguments.size());
  command.add("EVAL");
  command.add(script);
  command.add(static_cast<std::int64_t>(keys.size()));
  for (const std::string& key : keys)
    command.add(key);
  for (const std::string& argument : arguments)
    command.add(argument);
  return command;
}

std::vector<std::string> keys_of_change(std::string_view name)
{
  return {keys::counter(name), std::string{keys::names}, std::string{keys::epoch}};
}

std::vector<std::string> split_lines(std::string_view text)
{
  std::vector<std::string> lines;
  while (!text.empty())
    lines.emplace_back(next_token(text, '\n'));
  return lines;
}

std::string not_sent()
{
  return "the connection to Redis was lost, and nothing was sent";
}

// The error of a reply that is not a string.
std::string bad_reply(const redis_reply& reply)
{
  return reply.type == redis_reply::kind::error ? "Redis refused: " + printable(reply.text)
                                                : "Redis sent an unexpected reply";
}

} // namespace

awaitable<result<redis_reply, std::string>> administration::read(redis_command command)
{
  auto reply = co_await connection_.request(command);
  if (!reply)
    co_return reply.error() == errc::unavailable ? not_sent() : "Redis did not reply";
  if (reply->type != redis_reply::kind::text)
    co_return bad_reply(*reply);
  co_return std::move(*reply);
}

awaitable<result<redis_reply, std::string>> administration::change(redis_command command)
{
  auto reply = co_await connection_.request(command);
  if (!reply && reply.error() == errc::unavailable)
    co_return not_sent();
  if (!reply)
    co_return "Redis did not reply: the change may have been carried out";
  if (reply->type == redis_reply::kind::error)
    co_return bad_reply(*reply);
  if (reply->text != "0" && reply->text != "1")
    co_return bad_reply(*reply) + ": the change may have been carried out";
  if (settings_.replicas != 0 && reply->text == "1") {
    const redis_command wait_command = wait_for_replicas(settings_);
    const auto confirmation = co_await connection_.request(wait_command);
    const auto missing =
        find_missing_replicas(confirmation ? *confirmation : redis_reply{}, settings_);
    if (missing)
      co_return "the change was carried out, but a fail-over may lose it: " + *missing;
  }
  co_return std::move(*reply);
}

// Returns an error, if there is one. A counter without a key is not added.
awaitable<std::optional<std::string>> administration::add_totals(std::vector<std::string> names,
                                                                 totals& found)
{
  std::vector<std::string> counters;
  std::ranges::transform(names, std::back_inserter(counters), keys::counter);
  const auto reply = co_await read(eval(administration_scripts::totals, counters));
  if (!reply)
    co_return reply.error();
  const auto lines = split_lines(reply->text);
  if (lines.size() != names.size())
    co_return bad_reply(*reply);
  for (std::size_t i = 0; i != names.size(); ++i)
    if (lines[i] != "-")
      found.insert_or_assign(names[i], parse_total(lines[i]));
  co_return std::nullopt;
}

awaitable<result<std::optional<std::int64_t>, std::string>> administration::get(std::string name)
{
  totals found;
  if (name == default_counter)
    found.emplace(name, 0);
  std::vector<std::string> names{name};
  const auto error = co_await add_totals(std::move(names), found);
  if (error)
    co_return *error;
  const auto counter = found.find(name);
  if (counter == found.end())
    co_return std::optional<std::int64_t>{};
  if (!counter->second)
    co_return "the key of \"" + name + "\" does not hold a whole number";
  co_return counter->second;
}

awaitable<result<void, std::string>> administration::set(std::string name, std::int64_t number)
{
  std::vector<std::string> arguments{std::to_string(number), name == default_counter ? "" : name};
  const auto reply =
      co_await change(eval(administration_scripts::set, keys_of_change(name), arguments));
  if (!reply)
    co_return reply.error();
  co_return boost::system::in_place_value;
}

awaitable<result<bool, std::string>> administration::remove(std::string name)
{
  std::vector<std::string> arguments{name};
  const auto reply =
      co_await change(eval(administration_scripts::remove, keys_of_change(name), arguments));
  if (!reply)
    co_return reply.error();
  co_return reply->text == "1";
}

awaitable<result<administration::totals, std::string>> administration::list()
{
  totals found;
  found.emplace(default_counter, 0);
  std::vector<std::string> names{std::string{default_counter}};
  const std::vector<std::string> keys{std::string{keys::names}};
  std::vector<std::string> cursor{"0"};
  do {
    const auto reply = co_await read(eval(administration_scripts::names, keys, cursor));
    if (!reply)
      co_return reply.error();
    auto lines = split_lines(reply->text);
    if (lines.empty())
      co_return bad_reply(*reply);
    cursor.front() = std::move(lines.front());
    std::copy_if(std::next(lines.begin()), lines.end(), std::back_inserter(names), is_name);
    if (names.empty())
      continue;
    const auto error = co_await add_totals(std::move(names), found);
    if (error)
      co_return *error;
    names.clear();
  } while (cursor.front() != "0");
  co_return found;
}

} // namespace tally
