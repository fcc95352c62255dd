#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// The first value of `key` in a query such as `a=b&c=d`, decoded as
/// application/x-www-form-urlencoded. A key without `=` has an empty value. Returns nothing if the
/// key is absent, or if the percent-encoding of its value is invalid.
std::optional<std::string> query_value(std::string_view query, std::string_view key);

} // namespace tally
