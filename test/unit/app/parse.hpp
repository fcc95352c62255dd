#pragma once

#include "app/config.hpp"

#include <map>
#include <optional>
#include <string>

using variables = std::map<std::string, std::string>;

/// Parses the configuration of a process whose environment is `set`.
inline auto parse(const variables& set)
{
  return tally::parse_config([&](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional{found->second};
  });
}

/// The error; empty if there is none.
inline std::string failure(const variables& set)
{
  const auto parsed = parse(set);
  return parsed ? "" : parsed.error();
}
