#include "web/glyph_widths.hpp"

#include "web/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tally {
namespace {

using ascii_widths = std::array<std::uint16_t, 95>; // of the characters from space to tilde

constexpr ascii_widths normal_widths{
    352,  394, 459, 818, 636, 1076, 727, 269, 454, 454, 636, 818, 364, 454, 364, 454,
    636,  636, 636, 636, 636, 636,  636, 636, 636, 636, 454, 454, 818, 818, 818, 545,
    1000, 684, 686, 698, 771, 632,  575, 775, 751, 421, 455, 693, 557, 843, 748, 787,
    603,  787, 695, 684, 616, 732,  684, 989, 685, 615, 685, 454, 454, 454, 818, 636,
    636,  601, 623, 521, 623, 596,  352, 623, 633, 274, 344, 592, 274, 973, 633, 607,
    623,  623, 427, 521, 394, 633,  592, 818, 592, 592, 525, 635, 454, 635, 818};

constexpr ascii_widths bold_widths{
    342, 402, 587, 867, 711, 1272, 862, 332,  543, 543, 711, 867, 361, 480,  361, 689,
    711, 711, 711, 711, 711, 711,  711, 711,  711, 711, 402, 402, 867, 867,  867, 617,
    964, 776, 762, 724, 830, 683,  650, 811,  837, 546, 555, 771, 637, 948,  847, 850,
    733, 850, 782, 710, 682, 812,  764, 1128, 764, 737, 692, 543, 689, 543,  867, 711,
    711, 668, 699, 588, 699, 664,  422, 699,  712, 342, 403, 671, 342, 1058, 712, 687,
    699, 699, 497, 593, 456, 712,  650, 979,  669, 651, 597, 711, 543, 711,  867};

/// For each character from `first` on, one of ASCII that is about as wide.
struct base_letters {
  char32_t first;
  std::string_view bases;
};

constexpr std::array<base_letters, 4> similar_letters{{
    {0xc0, "AAAAAA@CEEEEIIIIDNOOOOO+OUUUUYPbaaaaaamceeeeiiiidnooooo+ouuuuypy"},   // À to ÿ
    {0x100, "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiMnJjKkkLlLlLlLlLl" // Ā to ł
            "NnNnNnnNnOoOoOo@mRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzf"},     // Ń to ſ
    {0x391, "ABFAEZHOIKAMNEOHP STYOXOOIYacniunbyoccnoikyuvconpcocuwxwwiuouw"},    // Α to ώ
    {0x410, "ABBFOEWSNNKNMHOHPCTYOXHDWWNMBCWRaoncoewcnnknwnonpccywxnnwwnwncwn"},  // А to я
}};

/// Characters up to `last`, from the end of the range before, with their width.
struct width_range {
  char32_t last;
  std::uint16_t normal;
};

// Averages of a script's letters, also where letters are joined or composed: `textLength` makes the
// text fit in any case.
constexpr std::array<width_range, 26> width_ranges{{
    {0x00bf, 635},   // signs of Latin-1
    {0x024f, 640},   // Latin
    {0x02ff, 600},   // phonetic letters
    {0x036f, 0},     // combining accents
    {0x03ab, 685},   // Greek capitals
    {0x03ff, 610},   // Greek
    {0x042f, 725},   // Cyrillic capitals
    {0x052f, 630},   // Cyrillic
    {0x10ff, 650},   // Armenian to Georgian
    {0x11ff, 1000},  // Hangul letters
    {0x1fff, 640},   // among others Latin and Greek with accents
    {0x200a, 500},   // spaces
    {0x200f, 0},     // joiners, direction marks
    {0x20cf, 640},   // punctuation, currencies
    {0x20ff, 0},     // combining marks for symbols
    {0x2e7f, 830},   // symbols
    {0xfaff, 1000},  // Chinese, Japanese, Korean
    {0xfdff, 650},   // Hebrew and Arabic forms
    {0xfe2f, 0},     // variation selectors, combining half marks
    {0xffff, 1000},  // full-width forms
    {0x1efff, 800},  // other scripts
    {0x1f1e5, 1250}, // emoji
    {0x1f1ff, 625},  // halves of flags
    {0x1f3fa, 1250}, // emoji
    {0x1f3ff, 0},    // skin tones
    {0xdffff, 1250}, // emoji, rare ideographs
}};

unsigned glyph_width(char32_t character, font_weight weight)
{
  const bool bold = weight == font_weight::bold;
  for (const auto& [first, bases] : similar_letters)
    if (character >= first && character < first + bases.size())
      character = static_cast<unsigned char>(bases[character - first]);
  if (character >= U' ' && character <= U'~')
    return (bold ? bold_widths : normal_widths)[character - U' '];
  const auto* const range =
      std::find_if(width_ranges.begin(), width_ranges.end(),
                   [character](const width_range& each) { return character <= each.last; });
  const unsigned normal = range == width_ranges.end() ? 0 : range->normal; // tags have no glyph
  return bold && normal < 1000 ? normal * 112 / 100 : normal;
}

} // namespace

unsigned text_width(std::string_view text, font_weight weight)
{
  constexpr char32_t joiner = 0x200d; // makes one glyph of two emoji
  unsigned width = 0;
  char32_t previous = 0;
  while (!text.empty()) {
    const char32_t character = take_code_point(text).value_or(U'\ufffd');
    if (previous != joiner || character < 0x2600)
      width += glyph_width(character, weight);
    previous = character;
  }
  return width;
}

} // namespace tally
