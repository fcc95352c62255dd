#include "web/badge_color.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tally {
namespace {

// The palette of badge-maker 6.0, which shields.io draws with.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> named_colors{{
    {"brightgreen", "#4b0"},
    {"green", "#67ac09"},
    {"yellowgreen", "#95991a"},
    {"yellow", "#d8b800"},
    {"orange", "#ea7233"},
    {"red", "#dd4343"},
    {"blue", "#007ec6"},
    {"lightgrey", "#939393"},
    {"lightgray", "#939393"},
    {"grey", "#555"},
    {"gray", "#555"},
    {"success", "#4b0"},
    {"important", "#ea7233"},
    {"critical", "#dd4343"},
    {"informational", "#007ec6"},
    {"inactive", "#939393"},
}};

bool is_hex_digit(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char to_lower(char c)
{
  return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// From 0 to 255.
unsigned channel(std::string_view color, std::size_t index)
{
  const bool short_form = color.size() == 4;
  const std::string_view digits =
      color.substr(1 + index * (short_form ? 1 : 2), short_form ? 1 : 2);
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return short_form ? value * 0x11 : value;
}

} // namespace

std::optional<std::string> parse_badge_color(std::string_view text)
{
  for (const auto& [name, color] : named_colors)
    if (text == name)
      return std::string{color};
  if (text.starts_with('#'))
    text.remove_prefix(1);
  if ((text.size() != 3 && text.size() != 6) ||
      !std::all_of(text.begin(), text.end(), is_hex_digit))
    return std::nullopt;
  std::string color{'#'};
  color += text;
  std::transform(color.begin(), color.end(), color.begin(), to_lower);
  return color;
}

bool is_light(std::string_view color)
{
  // The weights of red, green and blue in perceived brightness, and shields.io's threshold of 0.69,
  // which it compares after rounding to two places.
  const unsigned brightness =
      299 * channel(color, 0) + 587 * channel(color, 1) + 114 * channel(color, 2);
  return brightness >= 177'225; // 0.695 of white, which is 255,000
}

} // namespace tally
