#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tally::test {

/// Catch2 2 and 3 name their matcher for this differently.
inline bool contains(std::string_view text, std::string_view part)
{
  return text.find(part) != text.npos;
}

/// How often `part` is in the text, without overlaps.
inline std::size_t occurrences(std::string_view text, std::string_view part)
{
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

/// Whether the text is a single line, ended.
inline bool is_one_line(std::string_view text)
{
  return text.size() > 1 && text.find('\n') == text.size() - 1;
}

} // namespace tally::test
