#pragma once

#include "require.hpp"
#include "unit/web/xml_check.hpp"
#include "web/badge.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// What holds for each badge as SVG.
class badge_check {
public:
  explicit badge_check(std::string_view svg) : svg_{svg}
  {
    require(xml_error(svg) == "");
    require(svg.ends_with("</svg>\n"));
    for (const std::string_view start : {"<svg ", "<rect ", "<text "})
      for (auto at = svg.find(start); at != svg.npos; at = svg.find(start, at + 1))
        check_element(start, svg.substr(at, svg.find('>', at) - at));
    require(!parts_.empty() && !texts_.empty() && texts_.size() % parts_.size() == 0);
    const auto texts_of_part = texts_.size() / parts_.size(); // with its shadows
    for (std::size_t i = 0; i != texts_.size(); ++i) {
      const span& part = parts_[i / texts_of_part];
      require(part.begin <= texts_[i].begin && texts_[i].end <= part.end);
    }
  }

  /// The markup without texts, values and numbers: the elements and their attributes.
  std::string skeleton() const
  {
    std::string markup;
    bool in_tag = false;
    bool in_value = false;
    for (const char c : svg_) {
      in_tag = in_tag || c == '<';
      if (in_tag && !in_value)
        markup += c;
      if (c == '\'' && in_tag)
        in_value = !in_value;
      in_tag = in_tag && (c != '>' || in_value);
    }
    return markup;
  }

private:
  /// From the left edge of the badge, in tenths of a pixel.
  struct span {
    std::int64_t begin;
    std::int64_t end;
  };

  void check_element(std::string_view start, std::string_view element)
  {
    constexpr std::int64_t max_width = 30'000;
    if (start == "<text ") {
      const auto middle = number(element, "x");
      const auto width = number(element, "textLength");
      require(width > 0 && number(element, "y") > 0);
      texts_.push_back({middle - width / 2, middle + width / 2});
      return;
    }
    const auto width = number(element, "width") * 10;
    require(width > 0 && width <= max_width && number(element, "height") > 0);
    if (start == "<svg ") {
      width_ = width;
    } else if (element.find(" x='") != element.npos) {
      const auto begin = number(element, "x") * 10;
      require(begin + width <= width_);
      parts_.push_back({begin, begin + width});
    }
  }

  /// Requires that the attribute is a number without a sign, fraction or exponent.
  static std::int64_t number(std::string_view element, std::string_view attribute)
  {
    const auto found = element.find(std::string{" "}.append(attribute).append("='"));
    require(found != element.npos);
    element.remove_prefix(found + attribute.size() + 3);
    const std::string_view digits = element.substr(0, element.find('\''));
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    require(error == std::errc{} && end == digits.data() + digits.size() && value >= 0);
    return value;
  }

  std::string_view svg_;
  std::int64_t width_ = 0;
  std::vector<span> parts_;
  std::vector<span> texts_;
};

/// Requires that the badge has the same elements and attributes as one with a harmless label.
inline void check_badge(const tally::badge_options& options, std::int64_t total)
{
  tally::badge_options harmless = options;
  harmless.label = options.label.empty() ? "" : "x";
  const std::string svg = draw_badge(options, total);
  const std::string harmless_svg = draw_badge(harmless, 1);
  require(badge_check{svg}.skeleton() == badge_check{harmless_svg}.skeleton());
}
