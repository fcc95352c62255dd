#pragma once

#include <tally/base/log.hpp>
#include <tally/counting/batch.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// The highest totals that this process has shown. A counter below its mark has lost visits (a
/// rollback of Redis), and must be raised above it before it counts again, or numbers would be
/// shown twice.
///
/// The workers of a process share the marks. When one of their batches has found a counter below
/// its mark, the batches in flight may still return numbers from before the rollback. The marks are
/// above all of these only when each of these batches has an outcome. Then one batch alone raises
/// its counters, and the others follow. Any thread may call any member.
class high_water_marks {
public:
  struct ticket {
    /// How many changes by an operator the marks have seen; a later one permits lower totals.
    std::int64_t epoch = 0;
    /// The batch is the one that raises the counters.
    bool raise = false;
  };

  /// Borrows the log, for the event `redis_rolled_back`.
  explicit high_water_marks(log& log) : log_{log} {}

  /// Calls `wake`, from any worker's thread, when a batch that had to wait can begin.
  void on_ready(std::function<void()> wake);

  /// Begins a batch, which end() or counted() ends, and fills in the marks of its parts; nothing
  /// while it has to wait for the batches in flight.
  std::optional<ticket> begin(std::span<batch_part> parts);

  /// A batch that is sent again must not count below what was shown meanwhile: fills in its marks
  /// anew.
  void refresh(ticket& began, std::span<batch_part> parts);

  /// The batch with this ticket has an outcome, or none of its numbers will be shown.
  void end(const ticket& began);

  /// The batch was counted, and the totals of its parts are about to be shown. Redis was in this
  /// epoch.
  void counted(const ticket& began, std::span<const batch_part> parts, std::int64_t epoch);

  /// A batch has found one of its counters at `found`, below its mark, and counted nothing. Logs it
  /// if it is the first to find this.
  void rolled_back(const batch_part& part, std::int64_t found);

private:
  // A bound on memory. A counter beyond it takes the place of any other one.
  static constexpr std::size_t max_marks = 100'000;

  void fill_in(std::span<batch_part> parts) const;
  void note(std::span<const batch_part> parts, std::int64_t epoch);
  void finish(const ticket& ended);

  log& log_;
  std::mutex mutex_;
  boost::unordered_flat_map<std::string, std::int64_t> shown_;
  std::int64_t epoch_ = 0;
  unsigned in_flight_ = 0;
  bool rolled_back_ = false;
  std::vector<std::function<void()>> wakes_;
};

} // namespace tally
