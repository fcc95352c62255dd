#pragma once

#include <tally/counting/name.hpp>

#include <string>
#include <string_view>

/// The keys that Tally uses in Redis. All are in one hash slot, that of `visits`, so that one
/// script may use several of them on a Redis Cluster, too. No name of a counter begins with a dot,
/// so no counter has one of the other keys.
namespace tally::keys {

/// The number of changes that an operator has made to counters.
inline constexpr std::string_view epoch = "{visits}:.epoch";

/// The set of the names of all counters but the default counter.
inline constexpr std::string_view names = "{visits}:.names";

/// The beginning of the key of every counter but the default counter.
inline constexpr std::string_view counter_prefix = "{visits}:";

/// The counter with this name.
inline std::string counter(std::string_view name)
{
  return name == default_counter ? std::string{name} : std::string{counter_prefix}.append(name);
}

/// The visit with this idempotency key.
inline std::string visit(std::string_view key)
{
  return std::string{"{visits}:.key:"}.append(key);
}

/// The record of the last batch of the writer with this id.
inline std::string record(std::string_view writer)
{
  return std::string{"{visits}:.writer:"}.append(writer);
}

/// The key that a probe writes instead of a record. Each writer has its own, since several workers
/// may probe at the same time.
inline std::string probe(std::string_view writer)
{
  return std::string{"{visits}:.probe:"}.append(writer);
}

} // namespace tally::keys
