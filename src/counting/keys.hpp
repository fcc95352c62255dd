#pragma once

#include <string>
#include <string_view>

/// The keys that Tally uses in Redis. The default counter and the keys with a hash tag are in one
/// slot, so that one script may use several of them on a Redis Cluster, too.
namespace tally::keys {

/// Counts the changes that an operator makes to a counter by hand.
inline constexpr std::string_view epoch = "{visits}:.epoch";

/// The counter of this name; the default one if the name is empty.
inline std::string counter(std::string_view name)
{
  return name.empty() ? "visits" : std::string{"visits:"}.append(name);
}

/// The record of the last batch of the writer with this id.
inline std::string record(std::string_view writer)
{
  return std::string{"{visits}:.writer:"}.append(writer);
}

/// What a probe writes instead of a record; one for each writer, since writers probe at the same
/// time.
inline std::string probe(std::string_view writer)
{
  return std::string{"{visits}:.probe:"}.append(writer);
}

} // namespace tally::keys
