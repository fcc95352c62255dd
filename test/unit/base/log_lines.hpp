#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <unistd.h>
#include <vector>

/// Appends to `text` all that `descriptor` has, up to its end or until a read would block. Removes
/// the complete lines from `text` and returns them.
inline std::vector<boost::json::object> read_log_lines(int descriptor, std::string& text)
{
  std::array<char, 4096> piece{};
  for (ssize_t n = 0; (n = read(descriptor, piece.data(), piece.size())) > 0;)
    text.append(piece.data(), static_cast<std::size_t>(n));
  std::vector<boost::json::object> lines;
  for (std::size_t end = 0; (end = text.find('\n')) != text.npos; text.erase(0, end + 1))
    lines.push_back(boost::json::parse(text.substr(0, end)).as_object());
  return lines;
}
