#include <tally/counting/name.hpp>

#include <charconv>

namespace tally {
namespace {

constexpr bool is_unreserved(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

} // namespace

bool is_name(std::string_view text)
{
  if (text.size() > max_name_size)
    return false;
  char previous = '/';
  for (const char c : text) {
    const bool begins_segment = previous == '/';
    if (c == '/' ? begins_segment : !is_unreserved(c) || (begins_segment && c == '.'))
      return false;
    previous = c;
  }
  return previous != '/';
}

bool decode_name(std::string_view path, std::string& name)
{
  if (path.size() > 3 * max_name_size)
    return false;
  name.clear();
  while (!path.empty()) {
    char c = path.front();
    std::size_t size = 1;
    if (c == '%') {
      unsigned char byte = 0;
      const char* const digits = path.data() + 1;
      size = 3;
      if (path.size() < size || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
        return false;
      c = static_cast<char>(byte);
      if (!is_unreserved(c)) // an encoded slash is not a separator
        return false;
    }
    name.push_back(c);
    path.remove_prefix(size);
  }
  return is_name(name);
}

} // namespace tally
