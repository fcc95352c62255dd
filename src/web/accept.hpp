#pragma once

#include <string_view>

namespace tally {

/// The formats of a response, in the order in which Tally prefers them.
enum class media_type { text, json, html };

/// Selects the format that the value of an Accept field prefers (RFC 9110, 12.5.1). Between
/// formats of equal weight it prefers one that the field names to one that only a wildcard covers,
/// and then the one that comes first in media_type. If the field accepts no format, it selects
/// text. It ignores parameters other than `q`. If a range occurs twice, the higher weight applies.
/// `application/problem+json` stands for JSON.
media_type select_media_type(std::string_view accept);

} // namespace tally
