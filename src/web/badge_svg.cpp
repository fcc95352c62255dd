#include "web/badge.hpp"
#include "web/badge_color.hpp"
#include "web/glyph_widths.hpp"
#include "web/utf8.hpp"
#include "web/xml.hpp"

// Sizes, positions and effects are those of shields.io, so that a badge of Tally fits beside
// others.

namespace tally {
namespace {

/// One half of a badge. Lengths are in pixels, positions from the left edge of the badge.
struct half {
  std::string_view text;
  std::string_view color;
  unsigned start;
  unsigned width; // 0: absent
  unsigned text_start;
  unsigned text_width;
};

struct layout {
  half left;
  half right;
  unsigned height;
  unsigned font_size;
  unsigned baseline; // in tenths of a pixel

  unsigned width() const { return left.width + right.width; }
};

layout lay_out_small(std::string_view label, std::string_view message, const badge_options& options)
{
  constexpr unsigned font_size = 11;
  constexpr unsigned padding = 5;
  // An odd width puts the centre of the text, and so its glyphs, on whole pixels more often.
  const auto measure = [](std::string_view text) {
    return text_width(text, font_weight::normal) * font_size / 1000 | 1U;
  };
  half left{label, options.label_color, 0, 0, 0, 0};
  if (!label.empty()) {
    left.text_width = measure(label);
    left.width = left.text_width + 2 * padding;
    left.text_start = padding + 1; // the two texts are one pixel nearer to each other
  }
  half right{message, options.color, left.width, 0, 0, measure(message)};
  right.width = right.text_width + 2 * padding;
  right.text_start = left.width + padding - (label.empty() ? 0 : 1);
  return {left, right, 20, font_size, 140};
}

layout lay_out_large(std::string_view label, std::string_view message, const badge_options& options)
{
  constexpr unsigned font_size = 10;
  constexpr unsigned padding = 12;
  const auto measure = [](std::string_view text, font_weight weight) {
    unsigned characters = 0;
    for (std::string_view rest = text; !rest.empty(); take_code_point(rest))
      ++characters;
    return text_width(text, weight) * font_size / 1000 + characters * 5 / 4; // letters are spaced
  };
  half left{label, options.label_color, 0, 0, padding, 0};
  if (!label.empty()) {
    left.text_width = measure(label, font_weight::normal);
    left.width = left.text_width + 2 * padding;
  }
  half right{message, options.color, left.width, 0, 0, measure(message, font_weight::bold)};
  right.width = right.text_width + 2 * padding;
  right.text_start = left.width + padding;
  return {left, right, 28, font_size, 175};
}

void begin_svg(std::string& svg, const layout& badge, std::string_view label,
               std::string_view message)
{
  const std::string_view separator = label.empty() ? "" : ": ";
  append_all(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='", badge.width(), "' height='",
             badge.height, "' role='img' aria-label='", escaped{label}, separator, message,
             "'><title>", escaped{label}, separator, message, "</title>");
}

void draw_background(std::string& svg, const layout& badge)
{
  for (const half& part : {badge.left, badge.right})
    if (part.width != 0)
      append_all(svg, "<rect x='", part.start, "' width='", part.width, "' height='", badge.height,
                 "' fill='", part.color, "'/>");
}

void draw_flat_background(std::string& svg, const layout& badge)
{
  append_all(svg,
             "<filter id='blur'><feGaussianBlur stdDeviation='16'/></filter>"
             "<linearGradient id='s' x2='0' y2='100%'>"
             "<stop offset='0' stop-color='#bbb' stop-opacity='.1'/>"
             "<stop offset='1' stop-opacity='.1'/></linearGradient>"
             "<clipPath id='r'><rect width='",
             badge.width(), "' height='20' rx='3'/></clipPath><g clip-path='url(#r)'>");
  draw_background(svg, badge);
  append_all(svg, "<rect width='", badge.width(), "' height='20' fill='url(#s)'/></g>");
}

// The group of the texts scales them down to a tenth, because browsers round small font sizes.
// `textLength` makes a text fit in another font, too.
void draw_text(std::string& svg, const half& part, unsigned y, std::string_view attributes)
{
  append_all(svg, "<text x='", 10 * part.text_start + 5 * part.text_width, "' y='", y,
             "' textLength='", 10 * part.text_width, "'", attributes, ">", escaped{part.text},
             "</text>");
}

void draw_half(std::string& svg, const half& part, const layout& badge, badge_style style)
{
  if (part.width == 0)
    return;
  const bool light = is_light(part.color);
  if (style == badge_style::flat) {
    append_all(svg, "<g aria-hidden='true' fill='", light ? "#ccc" : "#010101", "'>");
    draw_text(svg, part, badge.baseline + 10, " fill-opacity='.8' filter='url(#blur)'");
    draw_text(svg, part, badge.baseline + 10, " fill-opacity='.3'");
    append(svg, "</g>");
  }
  draw_text(svg, part, badge.baseline, light ? " fill='#333'" : "");
}

} // namespace

std::string draw_badge(const badge_options& options, std::int64_t total)
{
  const std::string message = badge_message(options, total);
  const bool large = options.style == badge_style::for_the_badge;
  const std::string left = large ? upper_case(options.label) : options.label;
  const std::string right = large ? upper_case(message) : message;
  const layout badge =
      large ? lay_out_large(left, right, options) : lay_out_small(left, right, options);

  std::string svg;
  svg.reserve(1536 + 8 * left.size());
  begin_svg(svg, badge, options.label, message);
  if (options.style == badge_style::flat) {
    draw_flat_background(svg, badge);
  } else {
    append(svg, "<g shape-rendering='crispEdges'>");
    draw_background(svg, badge);
    append(svg, "</g>");
  }
  append_all(svg,
             "<g fill='#fff' text-anchor='middle' "
             "font-family='Verdana,Geneva,DejaVu Sans,sans-serif' "
             "text-rendering='geometricPrecision' transform='scale(.1)' font-size='",
             badge.font_size * 10, "'>");
  draw_half(svg, badge.left, badge, options.style);
  append(svg, large ? "<g font-weight='bold'>" : "<g>");
  draw_half(svg, badge.right, badge, options.style);
  append(svg, "</g></g></svg>\n");
  return svg;
}

} // namespace tally
