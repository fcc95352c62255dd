#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace tally {

/// Text in which the characters that have a meaning in XML are to be escaped.
struct escaped {
  std::string_view text;
};

inline void append(std::string& xml, std::string_view markup)
{
  xml += markup;
}

inline void append(std::string& xml, std::integral auto number)
{
  std::array<char, 20> digits{};
  xml.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// For content and for attribute values in either quotes.
void append(std::string& xml, escaped text);

template <class... Parts>
void append_all(std::string& xml, const Parts&... parts)
{
  (append(xml, parts), ...);
}

} // namespace tally
