#pragma once

#include <string_view>

namespace tally {

/// The script that counts a batch of visits once, however often it is sent.
///
/// KEYS: the writer's record; the epoch of the operator's changes; the counters.
/// ARGV: 1 the batch's sequence number; 2 the record's life in ms; 3 the lowest sequence number
/// that the record must hold, -1 for a batch that is sent for the first time; 4 the epoch of the
/// high-water marks; 5 `raise` if counters below their marks are to be raised to them; then for
/// each counter its visits and its mark. 0 visits are a probe: they show that one could be counted.
///
/// Returns the record: sequence number, epoch, and a line for each counter. The line is the new
/// total, as text, since Lua's numbers are doubles and round above 2^53; or `!` and Redis' error,
/// if this counter could not be counted. With `=` before it, the batch was counted already. It
/// counts nothing, and returns an error that begins with
/// - STALE, if the record holds a later batch: this one is a late copy of one that was resolved or
///   given up;
/// - UNPROVEN, if the record holds less than was asked for: Redis has lost it, and with it the
///   proof that a batch which is sent again was not counted;
/// - BELOW, the index of a counter and its total, if that is below its mark, an operator did not
///   change it, and it is not to be raised.
/// The error of a counter that is probed is the reply.
struct count_script {
  static const std::string_view text;
  /// What EVALSHA calls it: the SHA-1 of the text, in hexadecimal.
  static const std::string_view sha1;

  /// How some of its errors begin.
  static constexpr std::string_view unproven = "UNPROVEN ";
  static constexpr std::string_view below = "BELOW ";
};

} // namespace tally
