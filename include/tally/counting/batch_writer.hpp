#pragma once

#include <tally/base/clock.hpp>
#include <tally/base/statistics.hpp>
#include <tally/counting/batch.hpp>
#include <tally/counting/batch_visits.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/reply.hpp>
#include <tally/redis/settings.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// Powers of two.
inline constexpr std::array<std::uint64_t, 11> batch_bounds{1,  2,   4,   8,   16,  32,
                                                            64, 128, 256, 512, 1024};

/// What a worker's batcher has done since its start.
struct batch_statistics {
  histogram<batch_bounds> visits; // in each batch that Redis executed
  statistic resends;              // of batches whose reply was lost
  statistic unconfirmed;          // batches that too few replicas confirmed in time
  statistic resolved_by_record;   // batches that an earlier copy had counted
  statistic repeated_visits;      // that an earlier visit with the same idempotency key counted
  duration_histogram roundtrips;  // from a batch to its last reply

  // Only for the worker's thread:
  /// The last permanent error, as one line of plain ASCII; empty if a visit was counted after it.
  std::string permanent_error{};
  /// A named counter could not be counted since the last probe.
  bool probe_due = false;
};

/// Counts one batch of visits after another. It has an id of its own, which names its record in
/// Redis.
class batch_writer final : reply_waiter {
public:
  /// What the writers of a worker share.
  struct shared {
    redis_connection& connection;
    high_water_marks& marks;
    batch_statistics& statistics;
    /// Called when a reply has come. It schedules advance(), but must not call it.
    std::function<void()> on_reply;
    const redis_settings& settings;
    /// Follows each batch; empty if no replica is asked.
    redis_command wait_command{};
    /// Visits that are in no batch, oldest first.
    pending_totals waiting{};
    /// Sequence number of the newest batch. Batches of different writers have different ones, too.
    std::int64_t sequence = 0;
    /// Reused, to save allocations.
    redis_command command{};
  };

  /// Borrows what the writers share.
  explicit batch_writer(shared& shared_state);

  const batch& current_batch() const { return batch_; }
  bool idle() const { return batch_.state() == batch_state::idle; }
  bool in_doubt() const { return batch_.state() == batch_state::in_doubt; }

  /// Takes another id, and returns the command that writes its record. Does nothing while a copy of
  /// a batch may still reach Redis.
  std::optional<redis_command> rename();

  /// Makes a batch of waiting visits. Returns false while new batches must wait because Redis was
  /// rolled back; the marks report the end of that wait. Only if idle.
  bool make_batch();

  /// Sends the batch, for the first time or again. If this returns false, nothing was sent.
  bool send();

  /// Handles the reply, if one has come, and gives up a batch in doubt that must not be sent again.
  void advance();

  /// Puts the visits back into the queue. Only if the batch was not sent.
  void cancel() { apply(batch_event::given_up); }

private:
  void on_reply(redis_reply reply) override;
  bool must_give_up() const;
  void send_wait();
  batch_event handle_replies(const redis_reply& reply, const redis_reply& confirmation);
  bool confirmed(const redis_reply& confirmation);
  batch_event handle_error(std::string_view error);
  void apply(batch_event event);
  void complete_batch();
  void report_error(const batch_part& part);
  void report_permanent_error(std::string_view error);

  shared& shared_;
  batch batch_;
  std::string record_key_;
  batch_visits visits_;
  clock::time_point made_at_;
  clock::time_point sent_at_;                      // last
  std::optional<high_water_marks::ticket> ticket_; // while the marks count the batch as in flight
  int awaited_replies_ = 0;
  std::optional<redis_reply> reply_; // of the script
  redis_reply confirmation_;         // of the command that waits for the replicas
};

/// Returns the command that shows whether `counter`, a key, could be counted: it writes batch 0,
/// of no visits, into `record` for the time `ttl`.
redis_command probe(std::string_view counter, std::string_view record,
                    std::chrono::milliseconds ttl);

} // namespace tally
