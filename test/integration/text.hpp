#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tally::test {

/// Replaces the matcher of Catch2, whose name differs between versions 2 and 3.
inline bool contains(std::string_view text, std::string_view part)
{
  return text.find(part) != text.npos;
}

/// The number of non-overlapping occurrences of `part`.
inline std::size_t occurrences(std::string_view text, std::string_view part)
{
  std::size_t count = 0;
  for (auto begin = text.find(part); begin != text.npos;
       begin = text.find(part, begin + part.size()))
    ++count;
  return count;
}

/// Whether the text is a single line with a line end.
inline bool is_one_line(std::string_view text)
{
  return text.size() > 1 && text.find('\n') == text.size() - 1;
}

} // namespace tally::test
