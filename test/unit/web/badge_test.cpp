#include "catch.hpp"
#include "web/badge.hpp"
#include "web/badge_color.hpp"

#include <limits>
#include <string>

using tally::badge_style;
using tally::parse_badge_options;

namespace {

std::string label(const std::string& value)
{
  return parse_badge_options("label=" + value).label;
}

std::string short_message(std::int64_t total)
{
  return tally::badge_message(parse_badge_options("format=short"), total);
}

std::string repeat(std::string_view text, int times)
{
  std::string result;
  for (; times > 0; --times)
    result += text;
  return result;
}

} // namespace

TEST_CASE("a badge without options is a flat one for visits", "[badge]")
{
  for (const char* query : {"", "count=no", "style=&format=&color=&labelColor=",
                            "style=plastic&format=long&color=mauve&labelColor=%"}) {
    const auto options = parse_badge_options(query);
    CHECK(options.label == "visits");
    CHECK(options.label_color == "#555");
    CHECK(options.color == "#007ec6");
    CHECK(options.style == badge_style::flat);
    CHECK_FALSE(options.short_format);
  }
}

TEST_CASE("a badge takes label, colours, style and format from the query", "[badge]")
{
  const auto options =
      parse_badge_options("style=for-the-badge&label=a+b&color=red&labelColor=0aF&format=short");
  CHECK(options.label == "a b");
  CHECK(options.color == "#dd4343");
  CHECK(options.label_color == "#0af");
  CHECK(options.style == badge_style::for_the_badge);
  CHECK(options.short_format);
  CHECK(parse_badge_options("style=flat-square").style == badge_style::flat_square);
}

TEST_CASE("a badge's label is cut to 64 characters, not to bytes", "[badge]")
{
  CHECK(label(repeat("a", 64)) == repeat("a", 64));
  CHECK(label(repeat("a", 65)) == repeat("a", 64));
  CHECK(label(repeat("%C3%A9", 65)) == repeat("\xc3\xa9", 64));
  CHECK(label("a" + repeat("%F0%9F%8E%89", 70)) == "a" + repeat("\xf0\x9f\x8e\x89", 63));
}

TEST_CASE("a badge's label has its spaces as SVG shows them", "[badge]")
{
  CHECK(label("++a+++b%20+") == "a b");
  CHECK(label(repeat("a", 63) + "+b") == repeat("a", 63));
  CHECK(label("") == "");
  CHECK(label("+++") == "");
}

TEST_CASE("a label with control characters or malformed UTF-8 is the default", "[badge]")
{
  for (const char* value :
       {"a%0Ab", "%00", "a%09", "%1F", "%7F", "%C2%85", "%C3", "%FF", "a%ED%A0%80", "%E2%80%A8",
        "%E2%80%AE", "%E2%81%A6", "%EF%BF%BE", "%EF%BF%BF", "%4"})
    CHECK(label(value) == "visits");
  CHECK(label(repeat("a", 70) + "%FF") == "visits");
}

TEST_CASE("a badge's colours are those of shields.io, and hexadecimal", "[badge]")
{
  using tally::parse_badge_color;
  for (const char* name : {"brightgreen", "green", "yellowgreen", "yellow", "orange", "red", "blue",
                           "lightgrey", "lightgray", "grey", "gray", "success", "important",
                           "critical", "informational", "inactive"})
    CHECK(parse_badge_color(name));
  CHECK(parse_badge_color("success") == parse_badge_color("brightgreen"));
  CHECK(parse_badge_color("inactive") == parse_badge_color("lightgray"));
  CHECK(parse_badge_color("blue") == "#007ec6");
  CHECK(parse_badge_color("fff") == "#fff");
  CHECK(parse_badge_color("#ABCDEF") == "#abcdef");
  for (const char* text : {"", "#", "ff", "ffff", "fffff", "fffffff", "##fff", "ggg", "Red", "red ",
                           "rgb(1,2,3)", "\"/><script>", "-12", "+12"})
    CHECK_FALSE(parse_badge_color(text));
}

TEST_CASE("a badge shows the total in full, or in the short format", "[badge]")
{
  CHECK(tally::badge_message({}, 1234567) == "1234567");
  CHECK(short_message(0) == "0");
  CHECK(short_message(999) == "999");
  CHECK(short_message(1000) == "1k");
  CHECK(short_message(1049) == "1k");
  CHECK(short_message(1050) == "1.1k");
  CHECK(short_message(12'345) == "12.3k");
  CHECK(short_message(99'949) == "99.9k");
  CHECK(short_message(99'950) == "100k");
  CHECK(short_message(123'499) == "123k");
  CHECK(short_message(999'499) == "999k");
  CHECK(short_message(999'500) == "1M");
  CHECK(short_message(1'234'567) == "1.2M");
  CHECK(short_message(999'999'999) == "1G");
  CHECK(short_message(4'200'000'000'000) == "4.2T");
  CHECK(short_message(999'500'000'000'000'000) == "1E");
  CHECK(short_message(std::numeric_limits<std::int64_t>::max()) == "9.2E");
}

TEST_CASE("a badge counts, but not with count=no", "[badge]")
{
  CHECK(tally::badge_counts(""));
  CHECK(tally::badge_counts("count=yes"));
  CHECK(tally::badge_counts("nocount=no"));
  CHECK_FALSE(tally::badge_counts("count=no"));
  CHECK_FALSE(tally::badge_counts("label=a&count=no"));
}

TEST_CASE("a badge in JSON is in the endpoint schema of shields.io", "[badge]")
{
  CHECK(tally::badge_json({}, 42) ==
        R"({"schemaVersion":1,"label":"visits","message":"42","color":"#007ec6"})"
        "\n");
  const auto options =
      parse_badge_options("label=%22%3Cé&color=red&labelColor=fff&style=flat-square&format=short");
  CHECK(tally::badge_json(options, 12'345) ==
        R"({"schemaVersion":1,"label":"\"<é","message":"12.3k","color":"#dd4343",)"
        R"("labelColor":"#fff","style":"flat-square"})"
        "\n");
}
