#pragma once

#include "app/config.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace tally {

/// Ends parse_config(), which catches it: the line that it fails with.
struct bad_value : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws bad_value for a variable whose value may be shown.
[[noreturn]] inline void refuse(const std::string& variable, const std::string& value,
                                const std::string& allowed)
{
  throw bad_value{variable + " is \"" + value + "\", which is not " + allowed};
}

/// The value of a variable; nothing if it is not set or empty.
inline std::optional<std::string> value_of(const environment& variables, const char* name)
{
  auto value = variables(name);
  return value && !value->empty() ? value : std::nullopt;
}

} // namespace tally
