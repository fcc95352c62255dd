#pragma once

#include <string>
#include <string_view>

namespace tally {

/// The first line of `text` as printable ASCII of at most 203 characters, for logs and /readyz.
std::string printable(std::string_view text);

} // namespace tally
