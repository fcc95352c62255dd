#pragma once

#include <tally/base/statistics.hpp>

#include <boost/json/value_ref.hpp>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tally {

enum class log_level { debug, info, warning, error };

std::string_view to_string(log_level level);

/// Writes one line of JSON for each event: its time, level, name and fields. Any thread may write.
/// Lines never mix, and a line that was begun is always completed.
///
/// A write never blocks. If the reader has left no room for a line, the line is dropped. Before the
/// next line that is written, `log_lines_dropped` reports in `count` how many were dropped.
///
/// Each event is limited to `burst` lines per `window`. The first line of the next window reports
/// in `suppressed` how many were left out. Lines of level debug have no limit.
class log {
public:
  using time_point = std::chrono::system_clock::time_point;
  using field = std::pair<std::string_view, boost::json::value_ref>;

  static constexpr unsigned burst = 10;
  static constexpr std::chrono::seconds window{10};

  /// Borrows `fd` and does not change its mode, which other processes may share. `now` returns the
  /// time; tests pass their own.
  log(int fd, log_level threshold, time_point (*now)() = std::chrono::system_clock::now);
  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  /// Whether events of this level are written. Check it before building costly fields.
  bool enabled(log_level level) const { return level >= threshold_; }

  void debug(std::string_view event, std::initializer_list<field> fields = {});
  void info(std::string_view event, std::initializer_list<field> fields = {});
  void warning(std::string_view event, std::initializer_list<field> fields = {});
  void error(std::string_view event, std::initializer_list<field> fields = {});

  /// How many lines were dropped.
  const statistic& dropped() const { return all_dropped_; }

private:
  /// How many lines of one event were written and suppressed in the current window.
  struct flood {
    time_point start;
    unsigned written = 0;
    unsigned suppressed = 0;
  };

  void write(log_level level, std::string_view event, std::initializer_list<field> fields);
  std::optional<unsigned> admit(std::string_view event, time_point now);
  bool send(std::string_view line);
  std::size_t send_some(std::string_view bytes) const;

  int own_fd_; // -1 if `fd` could not be opened a second time
  int fd_;
  log_level threshold_;
  time_point (*now_)();
  std::mutex mutex_;
  std::map<std::string, flood, std::less<>> floods_;
  std::string unsent_;      // the rest of a line that was written in part
  std::size_t dropped_ = 0; // since the last report
  statistic all_dropped_;   // changed only under the mutex
};

} // namespace tally
