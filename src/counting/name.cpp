#include <tally/base/text.hpp>
#include <tally/counting/name.hpp>

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
    if (path.front() != '%') {
      name.push_back(path.front());
      path.remove_prefix(1);
      continue;
    }
    const auto decoded = take_encoded_byte(path);
    if (!decoded || !is_unreserved(*decoded)) // an encoded slash is not a separator
      return false;
    name.push_back(*decoded);
  }
  return is_name(name);
}

} // namespace tally
