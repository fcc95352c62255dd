#pragma once

#include <string_view>

namespace tally {

/// The formats of a response, in the order in which Tally prefers them.
enum class media_type { text, json, html };

/// Selects the format that the value of an Accept field prefers (RFC 9110, 12.5.1). Of those with
/// the highest weight it prefers one that the field names to one that a wildcard covers, and then
/// the earlier one of media_type. Without an acceptable format it is the text. Parameters other
/// than `q` are ignored; of equal ranges the highest weight applies; and `application/problem+json`
/// stands for JSON.
media_type select_media_type(std::string_view accept);

} // namespace tally
