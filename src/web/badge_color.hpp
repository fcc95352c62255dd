#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// Reads a colour as shields.io names it, or 3 or 6 hexadecimal digits with or without `#`. Returns
/// `#rgb` or `#rrggbb` in lower case, or nothing if the text is no such colour.
std::optional<std::string> parse_badge_color(std::string_view text);

/// Whether text on this colour, which is `#rgb` or `#rrggbb`, has to be dark.
bool is_light(std::string_view color);

} // namespace tally
