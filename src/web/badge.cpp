#include "web/badge.hpp"

#include "web/badge_color.hpp"
#include "web/query.hpp"
#include "web/utf8.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tally {
namespace {

constexpr std::array<std::pair<std::string_view, badge_style>, 3> styles{{
    {"flat", badge_style::flat},
    {"flat-square", badge_style::flat_square},
    {"for-the-badge", badge_style::for_the_badge},
}};

// Besides the control characters, those that end a line or reorder the text around them, and the
// noncharacters, of which XML forbids two.
bool is_forbidden(char32_t c)
{
  return c < U' ' || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/// Returns nothing if the text is not well-formed or holds a forbidden character.
std::optional<std::string> clean_label(std::string_view text)
{
  constexpr int max_characters = 64;
  std::string label;
  int characters = 0;
  while (!text.empty()) {
    const std::string_view rest = text;
    const auto character = take_code_point(text);
    if (!character || is_forbidden(*character))
      return std::nullopt;
    const bool extra_space = *character == U' ' && (label.empty() || label.back() == ' ');
    if (extra_space || characters == max_characters)
      continue;
    label += rest.substr(0, rest.size() - text.size());
    ++characters;
  }
  if (label.ends_with(' '))
    label.pop_back();
  return label;
}

std::string_view to_string(badge_style style)
{
  return styles[static_cast<std::size_t>(style)].first;
}

// One decimal below 100, unless it is zero: 1.2k, 12.3k, 123k. Rounds before it chooses the unit,
// so that 999,500 is 1M and not 1000k.
std::string shorten(std::uint64_t number)
{
  std::uint64_t unit = 1000;
  std::string_view suffixes = "kMGTPE";
  while (suffixes.size() > 1 && number >= unit * 1000 - unit / 2) {
    unit *= 1000;
    suffixes.remove_prefix(1);
  }
  std::uint64_t tenths = (number + unit / 20) / (unit / 10);
  if (tenths >= 1000) // 100 and more: to whole units
    tenths = (number + unit / 2) / unit * 10;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) {
    text += '.';
    text += std::to_string(tenths % 10);
  }
  text += suffixes.front();
  return text;
}

} // namespace

badge_options parse_badge_options(std::string_view query)
{
  badge_options options;
  if (const auto label = query_value(query, "label"))
    options.label = clean_label(*label).value_or(options.label);
  if (const auto color = query_value(query, "color"))
    options.color = parse_badge_color(*color).value_or(options.color);
  if (const auto color = query_value(query, "labelColor"))
    options.label_color = parse_badge_color(*color).value_or(options.label_color);
  const auto style = query_value(query, "style");
  for (const auto& [name, value] : styles)
    if (style == name)
      options.style = value;
  options.short_format = query_value(query, "format") == "short";
  return options;
}

bool badge_counts(std::string_view query)
{
  return query_value(query, "count") != "no";
}

std::string badge_message(const badge_options& options, std::int64_t total)
{
  if (options.short_format && total >= 1000)
    return shorten(static_cast<std::uint64_t>(total));
  return std::to_string(total);
}

std::string badge_json(const badge_options& options, std::int64_t total)
{
  // Only what differs from the default: options in the URL of shields.io override the others.
  static const badge_options defaults;
  boost::json::object badge{{"schemaVersion", 1},
                            {"label", options.label},
                            {"message", badge_message(options, total)},
                            {"color", options.color}};
  if (options.label_color != defaults.label_color)
    badge.emplace("labelColor", options.label_color);
  if (options.style != defaults.style)
    badge.emplace("style", to_string(options.style));
  return boost::json::serialize(badge) + '\n';
}

} // namespace tally
