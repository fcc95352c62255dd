#pragma once

#include <string>
#include <string_view>

namespace tally {

/// Decodes the value of Idempotency-Key into `key`: 1 to 64 visible ASCII characters, plain or as a
/// string of RFC 8941, 3.3.3, in quotes. Both forms of the same characters are the same key.
/// Returns false if the value is anything else; `key` is empty then.
bool decode_idempotency_key(std::string_view value, std::string& key);

} // namespace tally
