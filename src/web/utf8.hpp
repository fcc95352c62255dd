#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// Removes the first character of `text`, which is not empty, and returns its code point. Returns
/// nothing, and removes one byte, if `text` does not begin with well-formed UTF-8 (RFC 3629).
std::optional<char32_t> take_code_point(std::string_view& text);

/// `text` with the capitals of Latin, Greek and Cyrillic letters. The size in bytes stays.
std::string upper_case(std::string_view text);

} // namespace tally
