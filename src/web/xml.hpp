#pragma once

#include <tally/base/text.hpp>

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

/// For content and for attribute values in either quotes.
void append(std::string& xml, escaped text);

template <class... Parts>
void append_all(std::string& xml, const Parts&... parts)
{
  (append(xml, parts), ...);
}

} // namespace tally
