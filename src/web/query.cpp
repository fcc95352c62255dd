#include "web/query.hpp"

#include <tally/base/text.hpp>

namespace tally {
namespace {

std::optional<std::string> decode(std::string_view text)
{
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    if (text.front() == '%') {
      const auto byte = take_encoded_byte(text);
      if (!byte)
        return std::nullopt;
      decoded += *byte;
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
    std::string_view value = next_token(query, '&');
    if (decode(next_token(value, '=')) == key)
      return decode(value);
  }
  return std::nullopt;
}

} // namespace tally
