#include "catch.hpp"
#include "unit/web/contains.hpp"
#include "unit/web/xml_check.hpp"
#include "web/badge.hpp"

#include <string>

using tally::badge_options;
using tally::badge_style;

namespace {

constexpr badge_style all_styles[]{badge_style::flat, badge_style::flat_square,
                                   badge_style::for_the_badge};

std::string draw(badge_style style, const std::string& label, std::int64_t total = 42)
{
  badge_options options;
  options.label = label;
  options.style = style;
  return draw_badge(options, total);
}

} // namespace

TEST_CASE("a badge is well-formed XML whatever its label", "[badge]")
{
  for (const auto style : all_styles)
    for (const char* label : {"visits", "", "a", "<script>alert(1)</script>", "]]>", "&amp;",
                              "' onload='x", "\" onload=\"x", "-->", "数 é 🎉", "&#x3c;"}) {
      CAPTURE(label);
      CHECK(xml_error(draw(style, label)) == "");
    }
}

TEST_CASE("a badge escapes its label in text and in attributes", "[badge]")
{
  for (const auto style : all_styles) {
    const std::string svg = draw(style, "&<>\"'");
    CHECK(contains(svg, "aria-label='&amp;&lt;&gt;&quot;&#39;: 42'"));
    CHECK(contains(svg, "<title>&amp;&lt;&gt;&quot;&#39;: 42</title>"));
    CHECK(contains(svg, ">&amp;&lt;&gt;&quot;&#39;</text>"));
  }
}

TEST_CASE("a badge has a role and a title for screen readers", "[badge]")
{
  for (const auto style : all_styles) {
    const std::string svg = draw(style, "visits");
    CHECK(contains(svg, " role='img' aria-label='visits: 42'><title>visits: 42</title>"));
    CHECK(svg.starts_with("<svg xmlns='http://www.w3.org/2000/svg' "));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(contains(draw(style, ""), " aria-label='42'><title>42</title>"));
  }
}

TEST_CASE("a badge is as wide as its texts", "[badge]")
{
  const std::string flat = draw(badge_style::flat, "visits"); // the figures of shields.io
  CHECK(contains(flat, " width='62' height='20' "));
  CHECK(contains(flat, "<rect x='0' width='39' height='20' fill='#555'/>"));
  CHECK(contains(flat, "<rect x='39' width='23' height='20' fill='#007ec6'/>"));
  CHECK(contains(flat, "<text x='205' y='140' textLength='290'>visits</text>"));
  CHECK(contains(flat, "<text x='495' y='140' textLength='130'>42</text>"));
  CHECK(contains(draw(badge_style::flat_square, "visits"), " width='62' height='20' "));
  CHECK(contains(draw(badge_style::flat, "visits", 1'234'567), " width='98' "));
  CHECK(contains(draw(badge_style::flat, "visits WWW"), " width='98' "));

  const std::string large = draw(badge_style::for_the_badge, "visits");
  CHECK(contains(large, " width='106' height='28' "));
  CHECK(contains(large, "<text x='330' y='175' textLength='420'>VISITS</text>"));
  CHECK(contains(large, "<g font-weight='bold'><text x='860' y='175' textLength='160'>42</text>"));
}

TEST_CASE("a badge with an empty label shows the total only", "[badge]")
{
  const std::string flat = draw(badge_style::flat, "");
  CHECK(contains(flat, " width='23' height='20' "));
  CHECK(contains(flat, "<text x='115' y='140' textLength='130'>42</text>"));
  for (const auto style : all_styles) {
    CHECK_FALSE(contains(draw(style, ""), "#555"));
    CHECK_FALSE(contains(draw(style, ""), "></text>"));
  }
}

TEST_CASE("a flat badge has a shadow and round corners; the others have neither", "[badge]")
{
  for (const char* feature : {"url(#blur)", "url(#s)", "rx='3'"}) {
    CHECK(contains(draw(badge_style::flat, "a"), feature));
    CHECK_FALSE(contains(draw(badge_style::flat_square, "a"), feature));
    CHECK_FALSE(contains(draw(badge_style::for_the_badge, "a"), feature));
  }
}

TEST_CASE("a badge has dark text on a light colour", "[badge]")
{
  for (const auto style : all_styles) {
    badge_options options;
    options.style = style;
    options.color = "#fff";
    const std::string light_total = draw_badge(options, 42);
    CHECK(contains(light_total, " fill='#333'>42</text>"));
    CHECK(contains(light_total, style == badge_style::for_the_badge ? "'>VISITS<" : "'>visits<"));
    options.color = "#b2b2b2"; // the darkest grey that has dark text
    CHECK(contains(draw_badge(options, 42), " fill='#333'>42</text>"));
    options.color = "#b1b1b1";
    CHECK_FALSE(contains(draw_badge(options, 42), "#333"));
    options.label_color = "#ff0";
    CHECK(contains(draw_badge(options, 42), style == badge_style::for_the_badge
                                                ? " fill='#333'>VISITS<"
                                                : " fill='#333'>visits<"));
  }
}

TEST_CASE("a badge in capitals keeps the words as they are for screen readers", "[badge]")
{
  badge_options options;
  options.style = badge_style::for_the_badge;
  options.label = "größe";
  options.short_format = true;
  const std::string svg = draw_badge(options, 1500);
  CHECK(contains(svg, "<title>größe: 1.5k</title>"));
  CHECK(contains(svg, ">GRÖßE</text>"));
  CHECK(contains(svg, ">1.5K</text>"));
}
