#pragma once

#include <tally/base/log.hpp>
#include <tally/base/statistics.hpp>
#include <tally/counting/batch.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tally {

/// The highest totals that this process has shown. A counter below its mark has lost visits,
/// because Redis was rolled back. It must be raised to the mark before it counts again, or
/// numbers would be shown twice.
///
/// The workers of a process share the marks. When one of their batches has found a counter below
/// its mark, other batches in flight may still return numbers from before the rollback. Once every
/// batch in flight has an outcome, the marks cover these numbers. Until then no new batch begins.
/// After that a single batch raises its counters, and the others follow.
///
/// Any thread may call any member.
class high_water_marks {
public:
  /// Belongs to one batch, from begin() to its end.
  struct ticket {
    /// The epoch of the marks: how many changes by an operator the process knows of. Each change
    /// permits lower totals.
    std::int64_t epoch = 0;
    /// This batch raises the counters.
    bool raise = false;
    /// How many rollbacks the process had found when the batch began.
    std::uint64_t rollbacks = 0;
  };

  /// At most this many counters have a mark, to bound memory. One more replaces an arbitrary one.
  static constexpr std::size_t max_marks = 100'000;

  /// Borrows the log, for the event `redis_rolled_back`.
  explicit high_water_marks(log& log) : log_{log} {}

  /// Adds a handler that is called when a batch that had to wait can begin. The call comes from any
  /// worker's thread and holds a lock: the handler must not call the marks.
  void on_ready(std::function<void()> handler);

  /// Begins a batch and sets the marks of its parts; 0 for a counter without one. Each ticket must
  /// go to end() or end_counted() once. Returns nothing if the batch must wait for those in flight.
  std::optional<ticket> begin(std::span<batch_part> parts);

  /// Sets the epoch and the marks again, for a batch that is about to be sent again: it must not
  /// count below totals that were shown meanwhile.
  void refresh(ticket& batch_ticket, std::span<batch_part> parts);

  /// Ends a batch that has an outcome, or whose numbers will not be shown.
  void end(const ticket& batch_ticket);

  /// Ends a batch that was counted, before its totals are shown: they become marks. `epoch` is that
  /// of Redis. A higher one than before drops all older marks; with a lower one the totals are
  /// ignored.
  void end_counted(const ticket& batch_ticket, std::span<const batch_part> parts,
                   std::int64_t epoch);

  /// Reports that a batch counted nothing, because the counter of `part` is at `total`, below its
  /// mark. Each rollback is logged once, however many counters it affects.
  void report_rollback(const batch_part& part, std::int64_t total);

  /// How many rollbacks were found.
  const statistic& rollbacks() const { return rollbacks_; }

private:
  struct mark {
    std::int64_t total = 0;
    std::uint64_t rollbacks = 0; // known when the batch that last counted the counter began
  };

  void set_marks(std::span<batch_part> parts) const;
  void update_marks(const ticket& batch_ticket, std::span<const batch_part> parts,
                    std::int64_t epoch);
  void leave(const ticket& batch_ticket);

  log& log_;
  std::mutex mutex_;
  boost::unordered_flat_map<std::string, mark> marks_; // by key
  std::int64_t epoch_ = 0;
  statistic rollbacks_; // changed only under the mutex
  unsigned in_flight_ = 0;
  bool must_raise_ = false; // a rollback was found, and no batch has raised its counters
  std::vector<std::function<void()>> ready_handlers_;
};

} // namespace tally
