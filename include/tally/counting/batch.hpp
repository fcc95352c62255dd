#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tally {

enum class batch_state {
  /// There is no batch.
  idle,
  /// Made, but not sent.
  queued,
  /// Sent once; its reply is awaited.
  in_flight,
  /// Its reply was lost: Redis may have applied it. It must be sent again.
  in_doubt,
  /// In flight again, after a reply was lost.
  resent,
};

enum class batch_event {
  sent,
  /// The connection was lost before the reply, the reply belonged to another command, or too few
  /// replicas confirmed the batch.
  lost,
  /// Redis has applied it: this copy or an earlier one.
  counted,
  /// Redis has not run the script, but may do so on another connection, or later.
  not_executed,
  /// A counter is below its high-water mark: Redis has not applied it, but may apply another batch.
  not_applied,
  /// Redis has not applied it, because of a temporary error.
  temporary_failure,
  /// Redis has not applied it, and never will.
  permanent_failure,
  /// No copy will be sent any more: it is too old, the worker stops, or no visit waits for it.
  given_up,
};

enum class batch_outcome {
  /// Not known yet.
  pending,
  counted,
  /// Certainly not counted. Its visits can go into another batch.
  retry,
  temporary_failure,
  permanent_failure,
  /// Counted once or not at all.
  unknown,
};

/// The visits that a batch adds to one counter, and their result.
struct batch_part {
  /// The counter's key.
  std::string key;
  /// Without an idempotency key.
  std::int64_t visits = 0;
  /// The highest total of this counter that the process had shown when the batch was made.
  std::int64_t mark = 0;
  /// No other visit may be added.
  bool exclusive = false;
  /// With an idempotency key.
  std::int64_t keyed_visits = 0;
  /// The new total if it was counted; otherwise the error of Redis, valid as long as the reply.
  /// Neither if all its visits were counted before.
  std::optional<std::int64_t> total{};
  std::string_view error{};
};

/// A visit of a batch with an idempotency key, and its result.
struct keyed_visit {
  /// The key in Redis.
  std::string key;
  /// The index of its part.
  std::size_t part = 0;
  /// Its number; nothing if its part has an error, or the key belongs to another counter.
  std::optional<std::int64_t> number{};
  /// It was counted by an earlier visit with the same key, which has the same number.
  bool repetition = false;
  /// The key belongs to a visit to another counter.
  bool conflict = false;
};

/// The state machine of one writer's batches, one batch after another. It keeps the sequence
/// numbers and what the record in Redis must hold, so that each batch is counted at most once. It
/// does no I/O.
class batch {
public:
  /// `writer` is the writer's unique id.
  explicit batch(std::string writer) : writer_{std::move(writer)} {}

  /// The writer's id, which is part of the record's key.
  const std::string& writer() const { return writer_; }
  batch_state state() const { return state_; }
  std::int64_t sequence() const { return sequence_; }

  /// The lowest sequence number that the record must hold if the batch is sent now. Only a batch
  /// that is sent again needs its predecessor; -1 for the others.
  std::int64_t predecessor() const;

  /// Whether the batch was sent and has no outcome. If so, a visit that leaves it now may be
  /// counted.
  bool outstanding() const { return state_ != batch_state::idle && state_ != batch_state::queued; }

  /// Whether a copy may still reach Redis and be counted. The writer must keep its id then.
  bool id_in_use() const { return outstanding() || abandoned_; }

  /// Sets another id, whose record holds sequence 0. Only if not id_in_use().
  void rename(std::string writer);

  /// Begins the next batch, with a higher sequence number than the last. Only if idle.
  void begin(std::int64_t sequence);

  /// Enters the state that follows from the event: idle, unless the returned outcome is pending.
  /// Only if not idle.
  batch_outcome handle(batch_event event);

private:
  std::string writer_;
  batch_state state_ = batch_state::idle;
  std::int64_t sequence_ = 0;
  std::int64_t recorded_ = 0; // the last sequence number that is known to be in the record
  bool abandoned_ = false;    // a batch ended in doubt, and none was counted since
};

} // namespace tally
