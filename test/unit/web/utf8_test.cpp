#include "catch.hpp"
#include "web/glyph_widths.hpp"
#include "web/utf8.hpp"

#include <optional>
#include <string>
#include <vector>

namespace {

std::vector<std::optional<char32_t>> code_points(std::string_view text)
{
  std::vector<std::optional<char32_t>> all;
  while (!text.empty())
    all.push_back(tally::take_code_point(text));
  return all;
}

} // namespace

TEST_CASE("UTF-8 is read character by character", "[utf8]")
{
  using list = std::vector<std::optional<char32_t>>;
  CHECK(code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89") == list{'a', 0xe9, 0x20ac, 0x1f389});
  CHECK(code_points("\x7f\xc2\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf") ==
        list{0x7f, 0x80, 0xffff, 0x10ffff});
}

TEST_CASE("malformed UTF-8 is recognized", "[utf8]")
{
  for (const char* text :
       {"\x80", "\xc3", "\xc3x", "\xc1\x81", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\xa0\x80\x80"})
    CHECK_FALSE(code_points(text).front());
  CHECK(code_points("\xe2x").back() == U'x'); // only the bad byte is skipped
}

TEST_CASE("capitals of Latin, Greek and Cyrillic letters are known", "[utf8]")
{
  using tally::upper_case;
  CHECK(upper_case("az AZ {`1") == "AZ AZ {`1");
  CHECK(upper_case("àößø÷þÿ") == "ÀÖßØ÷Þÿ");
  CHECK(upper_case("zażółć gęślą") == "ZAŻÓŁĆ GĘŚLĄ");
  CHECK(upper_case("ēĸňŋıŷ") == "ĒĸŇŊıŶ");
  CHECK(upper_case("επισκέψεις όύώά") == "ΕΠΙΣΚΈΨΕΙΣ ΌΎΏΆ");
  CHECK(upper_case("яёђџ") == "ЯЁЂЏ");
  CHECK(upper_case("数\xff\xf0\x9f\x8e\x89") == "数\xff\xf0\x9f\x8e\x89");
}

TEST_CASE("the width of a text is that of its glyphs", "[glyph_widths]")
{
  using enum tally::font_weight;
  using tally::text_width;
  CHECK(text_width("", normal) == 0);
  CHECK(text_width(" ~", normal) == 352 + 818);
  CHECK(text_width("visits", normal) == 592 + 274 + 521 + 274 + 394 + 521);
  CHECK(text_width("visits", bold) == 650 + 342 + 593 + 342 + 456 + 593);
  CHECK(text_width("0123456789", normal) == 6360);
  CHECK(text_width("ÀÿĀſ", normal) == text_width("AyAf", normal));
  CHECK(text_width("łŃ", normal) == text_width("lN", normal));
  CHECK(text_width("ΑώАя", bold) == text_width("AwAn", bold));
  CHECK(text_width("访问", normal) == 2000);
  CHECK(text_width("e\xcc\x81", normal) == text_width("é", normal));          // a combining accent
  CHECK(text_width("👨‍👩‍👧", normal) == text_width("🎉", normal)); // joined
  CHECK(text_width("👍🏽", normal) == text_width("👍", normal));           // a skin tone
}
