#pragma once

#include <string_view>

namespace tally {

/// The script that counts a batch of visits once, however often it is sent.
///
/// KEYS: the counter; the writer's record; the epoch of the operator's changes.
/// ARGV: 1 the batch's sequence number; 2 its visits, 0 for a probe, which shows that a visit could
/// be counted; 3 the record's life in ms; 4 the lowest sequence number that the record must hold,
/// -1 for a batch that is sent for the first time; 5 the high-water mark, and 6 the epoch it
/// belongs to; 7 `raise` if a counter below the mark is to be raised to it.
///
/// Returns the record: sequence number, epoch and new total, as text, since Lua's numbers are
/// doubles and round above 2^53. With `=` before it, the batch was counted already. Each of these
/// errors begins with its name, and nothing was counted:
/// - STALE: the record holds a later batch, so this is a late copy of one that was resolved or
///   given up.
/// - UNPROVEN: the record does not reach ARGV 4. Redis has lost it, and with it the proof that a
///   batch which is sent again was not counted.
/// - BELOW, and the total: the counter is below the mark, although no operator changed it, and
///   ARGV 7 is not `raise`.
struct count_script {
  static const std::string_view text;
  /// What EVALSHA calls it: the SHA-1 of the text, in hexadecimal.
  static const std::string_view sha1;

  /// How the errors begin that Tally handles by itself.
  static constexpr std::string_view unproven = "UNPROVEN ";
  static constexpr std::string_view below = "BELOW ";
};

} // namespace tally
