#pragma once

#include <tally/counting/batch.hpp>
#include <tally/redis/command.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tally {

/// How long Redis keeps the record of a writer's last batch. A batch older than half of it is never
/// sent again: its record might be gone, and with it the proof that it was not counted. It is a day
/// because a suspended machine may send a copy late, and a record takes only about 120 bytes.
inline constexpr std::chrono::milliseconds record_ttl = std::chrono::hours{24};

/// The arguments of the count_script that do not belong to one counter; see there.
struct count_call {
  /// The record's key.
  std::string_view record;
  std::int64_t sequence = 0;
  std::chrono::milliseconds ttl = record_ttl;
  /// Of the idempotency keys.
  std::chrono::milliseconds key_ttl{};
  std::int64_t predecessor = -1;
  std::int64_t epoch = 0;
  bool raise = false;
  bool rewrite = false;
  std::size_t max_counters = 0;
};

/// Replaces `command` by the call that counts these parts and these visits, which are no part of
/// the numbers of visits in `parts`. Reuses its memory.
void write_call(redis_command& command, const count_call& call, std::span<const batch_part> parts,
                std::span<const keyed_visit> keyed = {});

/// A record that the script has returned, without its lines.
struct count_record {
  std::int64_t sequence;
  std::int64_t epoch;
  /// An earlier copy of the batch has been counted.
  bool counted_before;
};

/// Parses the record of these parts and visits, and sets the result of each. The errors point into
/// `text`. Nothing if the text is not a record of as many parts and visits; some may have been set
/// then.
std::optional<count_record> parse_record(std::string_view text, std::span<batch_part> parts,
                                         std::span<keyed_visit> keyed = {});

/// The content of a BELOW error: the index of a part, and the total of its counter.
struct rollback {
  std::size_t index;
  std::int64_t total;
};

/// Parses a BELOW error. Nothing if the error is another one. The index may be out of range.
std::optional<rollback> parse_below(std::string_view error);

} // namespace tally
