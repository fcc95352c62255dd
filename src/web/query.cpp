#include "web/query.hpp"

#include <charconv>
#include <system_error>

namespace tally {
namespace {

std::optional<char> decode_hex_pair(std::string_view digits)
{
  unsigned char value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 2 || rest != end || error != std::errc{})
    return std::nullopt;
  return static_cast<char>(value);
}

std::optional<std::string> decode(std::string_view text)
{
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    if (text.front() == '%') {
      const auto byte = decode_hex_pair(text.substr(1, 2));
      if (!byte)
        return std::nullopt;
      decoded += *byte;
      text.remove_prefix(3);
    } else {
      decoded += text.front() == '+' ? ' ' : text.front();
      text.remove_prefix(1);
    }
  }
  return decoded;
}

} // namespace

std::optional<std::string> query_value(std::string_view query, std::string_view key)
{
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(field.size() == query.size() ? field.size() : field.size() + 1);
    const std::string_view name = field.substr(0, field.find('='));
    if (decode(name) == key)
      return decode(field.substr(name.size() == field.size() ? field.size() : name.size() + 1));
  }
  return std::nullopt;
}

} // namespace tally
