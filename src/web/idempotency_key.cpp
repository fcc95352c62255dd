#include "web/idempotency_key.hpp"

#include <algorithm>
#include <cstddef>

namespace tally {
namespace {

constexpr std::size_t max_key_size = 64;

constexpr bool is_visible(char c)
{
  return c > ' ' && c <= '~';
}

// Removes the quotes, and the backslash before a quote or a backslash (RFC 8941, 4.2.5). Returns
// false if the value is not one quoted string.
bool unquote(std::string_view value, std::string& text)
{
  if (value.size() < 2 || !value.ends_with('"'))
    return false;
  value = value.substr(1, value.size() - 2);
  for (std::size_t i = 0; i != value.size(); ++i) {
    if (value[i] == '"')
      return false;
    if (value[i] == '\\' && (++i == value.size() || (value[i] != '"' && value[i] != '\\')))
      return false;
    text.push_back(value[i]);
  }
  return true;
}

} // namespace

bool decode_idempotency_key(std::string_view value, std::string& key)
{
  key.clear();
  if (value.size() > 2 * max_key_size + 2)
    return false;
  const bool complete = value.starts_with('"') ? unquote(value, key) : (key = value, true);
  if (complete && !key.empty() && key.size() <= max_key_size &&
      std::all_of(key.begin(), key.end(), is_visible))
    return true;
  key.clear();
  return false;
}

} // namespace tally
