#include "counting/count_call.hpp"

#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/reply.hpp>

#include <cstddef>
#include <limits>

namespace tally {

namespace {

std::string_view words_of(const count_call& call)
{
  if (call.rewrite)
    return call.raise ? "raise rewrite" : "rewrite";
  return call.raise ? "raise" : "";
}

} // namespace

void write_call(redis_command& command, const count_call& call, std::span<const batch_part> parts)
{
  command.begin(12 + 3 * parts.size());
  command.add("EVALSHA");
  command.add(count_script::sha1);
  command.add(static_cast<std::int64_t>(3 + parts.size()));
  command.add(call.record);
  command.add(keys::epoch);
  command.add(keys::names);
  for (const batch_part& part : parts)
    command.add(part.key);
  command.add(call.sequence);
  command.add(call.ttl.count());
  command.add(call.predecessor);
  command.add(call.epoch);
  command.add(words_of(call));
  command.add(static_cast<std::int64_t>(call.max_counters));
  for (const batch_part& part : parts) {
    command.add(part.visits);
    command.add(part.mark);
  }
}

std::optional<count_record> parse_record(std::string_view text, std::span<batch_part> parts)
{
  const bool counted_before = text.starts_with('=');
  text.remove_prefix(counted_before ? 1 : 0);
  const auto sequence = parse_total(next_token(text, ' '));
  const auto epoch = parse_total(next_token(text, ' '));
  if (!sequence || !epoch)
    return std::nullopt;
  for (batch_part& part : parts) {
    const auto line = next_token(text, '\n');
    part.total = parse_total(line);
    part.error = line.starts_with('!') ? line.substr(1) : std::string_view{};
    if (part.total ? *part.total < std::numeric_limits<std::int64_t>::min() + part.visits
                   : part.error.empty())
      return std::nullopt;
  }
  return text.empty() ? std::optional{count_record{*sequence, *epoch, counted_before}}
                      : std::nullopt;
}

std::optional<rollback> parse_below(std::string_view error)
{
  if (!error.starts_with(count_script::below_prefix))
    return std::nullopt;
  error.remove_prefix(count_script::below_prefix.size());
  const auto index = parse_total(next_token(error, ' '));
  const auto total = parse_total(error);
  if (!index || *index < 0 || !total)
    return std::nullopt;
  return rollback{static_cast<std::size_t>(*index), *total};
}

} // namespace tally
