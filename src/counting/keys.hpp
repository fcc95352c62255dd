#pragma once

#include <string>
#include <string_view>

/// The keys that Tally uses in Redis. The default counter and the keys with a hash tag share one
/// slot, so that one script may use several of them on a Redis Cluster, too.
namespace tally::keys {

/// The number of changes that an operator has made to counters by hand.
inline constexpr std::string_view epoch = "{visits}:.epoch";

/// The counter with this name; the default counter if it is empty.
inline std::string counter(std::string_view name)
{
  return name.empty() ? "visits" : std::string{"visits:"}.append(name);
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
