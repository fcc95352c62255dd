#pragma once

#include <string_view>

namespace tally {

/// The script that counts a batch of visits once, however often it is sent.
///
/// KEYS: the counter; this writer's record for it. ARGV: the batch's sequence number, its visits,
/// the record's life in ms. Answers the record, which is the sequence number and the new total: a
/// string, since Lua's numbers are doubles and round above 2^53. With `=` before it, the batch was
/// counted already. A batch that is older than the record fails with STALE: a later one was
/// counted, so this is the late copy of one that was resolved or given up.
struct count_script {
  static const std::string_view text;
  /// What EVALSHA calls it: the SHA-1 of the text, in hexadecimal.
  static const std::string_view sha1;
};

} // namespace tally
