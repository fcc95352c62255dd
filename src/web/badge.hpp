#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

enum class badge_style { flat, flat_square, for_the_badge };

/// What a badge looks like. The label is UTF-8 without control characters; if it is empty, the
/// badge shows the total only. A colour is `#rgb` or `#rrggbb`.
struct badge_options {
  std::string label = "visits";
  std::string label_color = "#555";
  std::string color = "#007ec6";
  badge_style style = badge_style::flat;
  bool short_format = false;
};

/// Reads the options from the query of a request. A value that is not understood is the default.
/// A label is cut to 64 characters, and its runs of spaces are reduced to one, as SVG shows them.
badge_options parse_badge_options(std::string_view query);

/// Whether a request for the badge counts as a visit: not with `count=no`.
bool badge_counts(std::string_view query);

/// The total as the badge shows it: in full, or in the short format, such as 12.3k.
std::string badge_message(const badge_options& options, std::int64_t total);

/// The badge as SVG, in the shape of shields.io. It ends with a newline.
std::string draw_badge(const badge_options& options, std::int64_t total);

/// The badge in the endpoint schema of shields.io, which draws it. It ends with a newline.
std::string badge_json(const badge_options& options, std::int64_t total);

} // namespace tally
