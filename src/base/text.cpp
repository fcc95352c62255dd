#include <tally/base/text.hpp>

#include <algorithm>
#include <charconv>

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

std::string_view next_token(std::string_view& text, char delimiter)
{
  const auto token = text.substr(0, text.find(delimiter));
  text.remove_prefix(std::min(token.size() + 1, text.size()));
  return token;
}

std::optional<char> take_encoded_byte(std::string_view& text)
{
  constexpr std::size_t size = 3; // a percent sign and two digits
  unsigned char byte = 0;
  if (text.size() < size || text.front() != '%' ||
      std::from_chars(text.data() + 1, text.data() + size, byte, 16).ptr != text.data() + size)
    return std::nullopt;
  text.remove_prefix(size);
  return static_cast<char>(byte);
}

} // namespace tally
