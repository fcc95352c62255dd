#pragma once

#include <string_view>

namespace tally {

/// The Lua script that counts a batch of visits once, however often it is sent.
///
/// KEYS: the writer's record; the epoch of the operator's changes; the register, a set of the names
/// of all counters but the default counter; the counters; the idempotency key of each visit that
/// has one.
/// ARGV: 1 the batch's sequence number; 2 the record's time to live in ms, and that of idempotency
/// keys, after a space, if there are any; 3 the lowest sequence number that the record must hold,
/// -1 for a batch that is sent for the first time; 4 the epoch of the high-water marks; 5 words:
/// `raise` if counters below their marks must be raised to them, `rewrite` if a record that holds
/// this batch must be written again, so that a WAIT behind the script covers the batch; 6 how many
/// names the register may hold; then for each counter its visits without an idempotency key, and
/// its mark; then for each idempotency key the index of its counter, from 0. With 0 visits and no
/// idempotency key, the script is a probe: it shows whether a visit could be counted.
///
/// A counter without a key is made, and its name added to the register, unless the register is
/// full. A visit whose idempotency key exists repeats an earlier visit, and is not counted. The
/// other visits with idempotency keys get their numbers, in their order, before the visits without,
/// and the script writes counter and number into each key.
///
/// Returns the record: sequence number, epoch, a line for each counter, and a line for each
/// idempotency key. The line of a counter is the new total, as text, since Lua's numbers are
/// doubles and round above 2^53; `!` and an error, if this counter was not counted; or `-`, if
/// there was nothing to count. The error is that of Redis, or LIMIT if the register is full. The
/// line of an idempotency key is a total, `-`, and by how much the visit's number is less; the same
/// after `=` for a visit that was counted before; `!` if that was on another counter; or `-` if the
/// counter has an error. `=` before the record means that the batch was counted before. The script
/// counts nothing, and returns an error that begins with
/// - STALE, if the record holds a later batch: this one is a late copy of a batch that was resolved
///   or given up;
/// - UNPROVEN, if the record holds less than ARGV 3: Redis has lost the record, and with it the
///   proof that a batch that is sent again was not counted;
/// - BELOW, the index of a counter and its total, if the total is below its mark, no operator has
///   changed it, and it must not be raised.
/// If a probed counter could not be counted, its error is the reply.
struct count_script {
  static const std::string_view text;
  /// The argument of EVALSHA: the SHA-1 of the text, in hexadecimal.
  static const std::string_view sha1;

  /// Beginnings of its errors.
  static constexpr std::string_view unproven_prefix = "UNPROVEN ";
  static constexpr std::string_view below_prefix = "BELOW ";
  /// The beginning of the error of a counter for which the register has no place.
  static constexpr std::string_view limit_prefix = "LIMIT ";
};

} // namespace tally
