#include "web/utf8.hpp"

#include <array>
#include <cstddef>

namespace tally {
namespace {

/// Lower-case letters from `first` to `last`, every `step`-th; the capital is `distance` before.
struct lower_case_range {
  char32_t first;
  char32_t last;
  char32_t step;
  char32_t distance;
};

constexpr std::array<lower_case_range, 17> lower_case_ranges{{
    {U'a', U'z', 1, 0x20},
    {0xe0, 0xf6, 1, 0x20},   // à to ö
    {0xf8, 0xfe, 1, 0x20},   // ø to þ
    {0x101, 0x12f, 2, 1},    // ā to į
    {0x133, 0x137, 2, 1},    // ĳ to ķ
    {0x13a, 0x148, 2, 1},    // ĺ to ň
    {0x14b, 0x177, 2, 1},    // ŋ to ŷ
    {0x17a, 0x17e, 2, 1},    // ź to ž
    {0x3ac, 0x3ac, 1, 0x26}, // ά
    {0x3ad, 0x3af, 1, 0x25}, // έ to ί
    {0x3b1, 0x3c1, 1, 0x20}, // α to ρ
    {0x3c2, 0x3c2, 1, 0x1f}, // ς
    {0x3c3, 0x3cb, 1, 0x20}, // σ to ϋ
    {0x3cc, 0x3cc, 1, 0x40}, // ό
    {0x3cd, 0x3ce, 1, 0x3f}, // ύ to ώ
    {0x430, 0x44f, 1, 0x20}, // а to я
    {0x450, 0x45f, 1, 0x50}, // ѐ to џ
}};

char32_t capital(char32_t letter)
{
  for (const auto& range : lower_case_ranges)
    if (letter >= range.first && letter <= range.last && (letter - range.first) % range.step == 0)
      return letter - range.distance;
  return letter;
}

bool is_well_formed(char32_t code_point, std::size_t size)
{
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  return code_point >= smallest[size] && code_point <= 0x10ffff && !surrogate;
}

} // namespace

std::optional<char32_t> take_code_point(std::string_view& text)
{
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xc0 ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                                         : 4;
  if (size == 0 || lead >= 0xf8 || text.size() < size) {
    text.remove_prefix(1);
    return std::nullopt;
  }
  char32_t code_point = size == 1 ? lead : lead & (0x7fU >> size);
  for (std::size_t i = 1; i != size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80)
      return text.remove_prefix(1), std::nullopt;
    code_point = code_point << 6 | (byte & 0x3fU);
  }
  const bool well_formed = is_well_formed(code_point, size);
  text.remove_prefix(well_formed ? size : 1);
  return well_formed ? std::optional{code_point} : std::nullopt;
}

std::string upper_case(std::string_view text)
{
  std::string result{text};
  std::size_t position = 0;
  while (!text.empty()) {
    const auto letter = take_code_point(text);
    const std::size_t end = result.size() - text.size();
    if (letter && capital(*letter) != *letter) { // one byte or two, and so is its capital
      const char32_t upper = capital(*letter);
      if (end - position == 2)
        result[position] = static_cast<char>(0xc0 | upper >> 6);
      result[end - 1] = static_cast<char>(end - position == 2 ? 0x80 | (upper & 0x3f) : upper);
    }
    position = end;
  }
  return result;
}

} // namespace tally
