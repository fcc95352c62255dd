#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// The first line of `text` as printable ASCII of at most 203 characters, for logs and /readyz.
std::string printable(std::string_view text);

/// Appends the number in decimal digits.
inline void append(std::string& text, std::integral auto number)
{
  std::array<char, 20> digits{};
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// Removes the text up to the delimiter, and the delimiter; returns the text.
std::string_view next_token(std::string_view& text, char delimiter);

/// Removes a percent-encoded byte (RFC 3986, 2.1) from the beginning, and returns it. Nothing, and
/// `text` is unchanged, if it begins with anything else.
std::optional<char> take_encoded_byte(std::string_view& text);

} // namespace tally
