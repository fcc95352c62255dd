#pragma once

#include <string_view>

namespace tally {

enum class font_weight { normal, bold };

/// The width of `text`, which is UTF-8, in Verdana: in thousandths of the font size. It is exact
/// for ASCII. A Latin letter with an accent counts as the letter alone. For other scripts the width
/// is an estimate.
unsigned text_width(std::string_view text, font_weight weight);

} // namespace tally
