#include "counting/count_call.hpp"

#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace tally {
namespace {

std::string_view words_of(const count_call& call)
{
  if (call.rewrite)
    return call.raise ? "raise rewrite" : "rewrite";
  return call.raise ? "raise" : "";
}

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

constexpr std::string_view no_result = "-";

bool parse_line(std::string_view line, batch_part& part)
{
  part.total = parse_total(line);
  part.error = line.starts_with('!') ? line.substr(1) : std::string_view{};
  if (part.total)
    return *part.total >= lowest + part.visits;
  return !part.error.empty() || (line == no_result && part.visits == 0 && part.keyed_visits != 0);
}

bool parse_line(std::string_view line, const batch_part& part, keyed_visit& visit)
{
  visit.number.reset();
  visit.conflict = line == "!";
  visit.repetition = line.starts_with('=');
  if (visit.conflict || line == no_result)
    return visit.conflict || !part.error.empty();
  line.remove_prefix(visit.repetition ? 1 : 0);
  const auto separator = std::min(line.rfind('-'), line.size());
  const auto total = parse_total(line.substr(0, separator));
  const auto difference = parse_total(line.substr(std::min(separator + 1, line.size())));
  if (!total || !difference || *difference < 0 || *total < lowest + *difference)
    return false;
  visit.number = *total - *difference;
  return true;
}

} // namespace

void write_call(redis_command& command, const count_call& call, std::span<const batch_part> parts,
                std::span<const keyed_visit> keyed)
{
  command.begin(12 + 3 * parts.size() + 2 * keyed.size());
  command.add("EVALSHA");
  command.add(count_script::sha1);
  command.add(static_cast<std::int64_t>(3 + parts.size() + keyed.size()));
  command.add(call.record);
  command.add(keys::epoch);
  command.add(keys::names);
  for (const batch_part& part : parts)
    command.add(part.key);
  for (const keyed_visit& visit : keyed)
    command.add(visit.key);
  command.add(call.sequence);
  if (keyed.empty())
    command.add(call.ttl.count());
  else
    command.add(std::to_string(call.ttl.count())
                    .append(1, ' ')
                    .append(std::to_string(call.key_ttl.count())));
  command.add(call.predecessor);
  command.add(call.epoch);
  command.add(words_of(call));
  command.add(static_cast<std::int64_t>(call.max_counters));
  for (const batch_part& part : parts) {
    command.add(part.visits);
    command.add(part.mark);
  }
  for (const keyed_visit& visit : keyed)
    command.add(static_cast<std::int64_t>(visit.part));
}

std::optional<count_record> parse_record(std::string_view text, std::span<batch_part> parts,
                                         std::span<keyed_visit> keyed)
{
  const bool counted_before = text.starts_with('=');
  text.remove_prefix(counted_before ? 1 : 0);
  const auto sequence = parse_total(next_token(text, ' '));
  const auto epoch = parse_total(next_token(text, ' '));
  if (!sequence || !epoch)
    return std::nullopt;
  for (batch_part& part : parts)
    if (!parse_line(next_token(text, '\n'), part))
      return std::nullopt;
  for (keyed_visit& visit : keyed)
    if (!parse_line(next_token(text, '\n'), parts[visit.part], visit))
      return std::nullopt;
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
