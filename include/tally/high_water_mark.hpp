#pragma once

#include <tally/log.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tally {

/// The highest total of one counter that this process has shown. A counter below it has lost visits
/// (a rollback of Redis), and must be raised to it before it counts again, or numbers would be
/// shown twice.
///
/// The workers of a process share it. When one of their batches has found the counter below the
/// mark, batches in flight may still return numbers from before the rollback. The mark covers these
/// only when all batches in flight have an outcome; then one batch alone raises the counter, and
/// the others follow. Any thread may call any member.
class high_water_mark {
public:
  struct snapshot {
    std::int64_t total = 0;
    /// The operator's changes before this total, counted; a higher epoch permits a lower number.
    std::int64_t epoch = 0;
    /// The batch is the one that raises the counter.
    bool raise = false;
  };

  /// Borrows the log, for the event `redis_rolled_back`.
  high_water_mark(std::string counter, log& log) : counter_{std::move(counter)}, log_{log} {}

  /// Calls `wake`, from any worker's thread, when a batch that had to wait can begin.
  void on_ready(std::function<void()> wake);

  /// Begins a batch, which end() ends. Returns nothing if it has to wait for the batches in flight.
  std::optional<snapshot> begin();

  /// A batch that is sent again must not count below what was shown meanwhile.
  void refresh(snapshot& began);

  /// The batch that began with this snapshot has an outcome, or no visitor waits for it any more.
  void end(const snapshot& began);

  /// The batch was counted: its numbers up to the total are shown.
  void counted(const snapshot& began, std::int64_t total, std::int64_t epoch);

  /// A batch has found the counter at `found`, below the mark, and counted nothing. Logs this once
  /// for each rollback.
  void rolled_back(const snapshot& began, std::int64_t found);

private:
  const std::string counter_;
  log& log_;
  std::mutex mutex_;
  snapshot highest_;
  unsigned in_flight_ = 0;
  bool rolled_back_ = false;
  std::vector<std::function<void()>> wakes_;
};

/// The marks of all counters of this process. Any thread may call any member.
class high_water_marks {
public:
  /// Borrows the log.
  explicit high_water_marks(log& log) : log_{log} {}

  /// The mark of the counter with this key. It lives as long as this object.
  high_water_mark& of(const std::string& key)
  {
    const std::lock_guard lock{mutex_};
    return marks_.try_emplace(key, key, log_).first->second;
  }

private:
  log& log_;
  std::mutex mutex_;
  std::map<std::string, high_water_mark> marks_;
};

} // namespace tally
