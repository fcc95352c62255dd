#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tally {

enum class batch_state {
  /// There is no batch.
  idle,
  /// Made, and not sent.
  queued,
  /// Sent once; its reply is awaited.
  in_flight,
  /// Its reply was lost: Redis has applied it or not. It is to be sent again.
  in_doubt,
  /// In flight again, after a reply was lost.
  resent,
};

enum class batch_event {
  sent,
  /// The connection was lost before the reply, or the reply was no answer to this batch.
  lost,
  /// Redis has applied it, now or by an earlier copy.
  counted,
  /// Redis has lost the script.
  script_missing,
  /// Redis has not applied it, and might apply another one: the counter is below the high-water
  /// mark.
  not_applied,
  /// Redis has not applied it, for a reason that passes.
  refused,
  /// Redis has not applied it, and will not.
  rejected,
  /// No copy is to be sent any more: too old, stopped, or nobody waits for it.
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

/// What a batch adds to one counter, and what came of it.
struct batch_part {
  /// The counter's key.
  std::string key;
  std::int64_t visits = 0;
  /// The highest total of this counter that the process has shown when the batch was made.
  std::int64_t mark = 0;
  /// No other visit may be added.
  bool closed = false;
  /// The new total if it was counted, or Redis' error, which is valid as long as the reply.
  std::optional<std::int64_t> total{};
  std::string_view error{};
};

/// One batch after another of one writer: their states, the sequence numbers, and what the record
/// in Redis must hold, so that each batch is counted at most once. It does no I/O.
class batch {
public:
  explicit batch(std::string writer) : writer_{std::move(writer)} {}

  /// The part of the record's key that is this writer's own.
  const std::string& writer() const { return writer_; }
  batch_state state() const { return state_; }
  std::int64_t sequence() const { return sequence_; }

  /// The lowest sequence number that the record must hold if it is sent now. Only a batch that is
  /// sent again needs its predecessor; -1 for the others.
  std::int64_t predecessor() const;

  /// Whether a visit that leaves it now may be counted.
  bool may_be_applied() const
  {
    return state_ != batch_state::idle && state_ != batch_state::queued;
  }

  /// Whether a copy may still reach Redis that no later batch of this writer has made stale. The
  /// writer must keep its name then.
  bool unsettled() const { return may_be_applied() || abandoned_; }

  /// Takes another name, with a record that holds sequence 0. Only if it is not unsettled().
  void rename(std::string writer);

  /// Begins the next batch, with a higher sequence number than the last. Only if it is idle.
  void begin(std::int64_t sequence);

  /// What the event makes of it. Unless the outcome is pending, it is idle then.
  batch_outcome on(batch_event event);

private:
  std::string writer_;
  batch_state state_ = batch_state::idle;
  std::int64_t sequence_ = 0;
  std::int64_t recorded_ = 0; // the last batch that is known to be in the record
  bool abandoned_ = false;    // in doubt, and none was counted since
};

} // namespace tally
