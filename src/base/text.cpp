#include <tally/base/text.hpp>

#include <algorithm>

namespace tally {

std::string printable(std::string_view text)
{
  constexpr std::size_t max_size = 200;
  std::string line{text.substr(0, text.find_first_of("\r\n"))};
  if (line.size() > max_size)
    line.replace(max_size, line.npos, "...");
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

} // namespace tally
