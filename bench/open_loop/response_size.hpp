#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace open_loop {

/// The size of the response at the start of `text`, head and body. 0: it is incomplete. npos: it
/// has no Content-Length, or is larger than `capacity`.
inline std::size_t response_size(std::string_view text, std::size_t capacity)
{
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == text.npos)
    return text.size() < capacity ? 0 : text.npos;
  constexpr std::string_view field = "\r\ncontent-length:";
  const auto head = text.substr(0, head_end);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto* found = std::search(head.begin(), head.end(), field.begin(), field.end(), same);
  if (found == head.end())
    return text.npos;
  const auto* digits = found + field.size();
  while (digits != head.end() && *digits == ' ')
    ++digits;
  std::size_t length = 0;
  if (std::from_chars(digits, head.end(), length).ec != std::errc{} || length > capacity)
    return text.npos;
  const auto size = head_end + 4 + length;
  if (size > capacity)
    return text.npos;
  return size <= text.size() ? size : 0;
}

} // namespace open_loop
