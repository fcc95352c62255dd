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
/// sent again: its record might be gone, and with it the proof that it was not counted. A day,
/// since a copy may be late because a machine was suspended, and a record costs some 120 bytes.
inline constexpr std::chrono::milliseconds record_ttl = std::chrono::hours{24};

/// A call of the count_script: the arguments that do not belong to one counter.
struct count_call {
  /// The record's key.
  std::string_view record;
  std::int64_t sequence = 0;
  std::chrono::milliseconds ttl = record_ttl;
  std::int64_t predecessor = -1;
  std::int64_t epoch = 0;
  bool raise = false;
};

/// Makes `command` the call that counts these parts. Keeps the command's memory.
void write_call(redis_command& command, const count_call& call, std::span<const batch_part> parts);

/// A record that the script has returned.
struct count_record {
  std::int64_t sequence;
  std::int64_t epoch;
  /// An earlier copy of the batch has been counted.
  bool counted_before;
};

/// Reads the record of these parts, and gives each its total, or the error that Redis had for it.
/// Nothing if the text is no such record.
std::optional<count_record> parse_record(std::string_view text, std::span<batch_part> parts);

/// What a BELOW error says: the index of a part, and the total of its counter.
struct rollback {
  std::size_t index;
  std::int64_t found;
};
std::optional<rollback> parse_below(std::string_view error);

} // namespace tally
