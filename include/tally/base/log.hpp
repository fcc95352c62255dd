#pragma once

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

/// Writes one JSON line an event: time, level, event and what the event brings along. Any thread
/// may write. Lines never mix and are never cut in half.
///
/// A write never blocks. A line for which the reader has left no room is dropped. Before the
/// next line that finds room, `log_lines_dropped` reports in `count` how many lines were dropped.
///
/// A flood of one event is cut to `burst` lines in each `window`; the first line after that says
/// in `suppressed` how many were left out. Lines of level debug are never left out.
class log {
public:
  using time_point = std::chrono::system_clock::time_point;
  using field = std::pair<std::string_view, boost::json::value_ref>;

  static constexpr unsigned burst = 10;
  static constexpr std::chrono::seconds window{10};

  /// `fd` is borrowed; its mode, which other processes may share, does not change. `now` returns
  /// the time; a test passes its own.
  log(int fd, log_level threshold, time_point (*now)() = std::chrono::system_clock::now);
  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  /// Whether an event of this level is written: worth asking before building costly fields.
  bool enabled(log_level level) const { return level >= threshold_; }

  void debug(std::string_view event, std::initializer_list<field> fields = {});
  void info(std::string_view event, std::initializer_list<field> fields = {});
  void warning(std::string_view event, std::initializer_list<field> fields = {});
  void error(std::string_view event, std::initializer_list<field> fields = {});

private:
  struct flood {
    time_point began;
    unsigned written = 0;
    unsigned suppressed = 0;
  };

  void write(log_level level, std::string_view event, std::initializer_list<field> fields);
  std::optional<unsigned> pass_flood(std::string_view event, time_point now);
  bool send(std::string_view line);
  std::size_t send_some(std::string_view bytes) const;

  int own_fd_; // -1 where `fd` could not be opened again
  int fd_;
  log_level threshold_;
  time_point (*now_)();
  std::mutex mutex_;
  std::map<std::string, flood, std::less<>> floods_;
  std::string unsent_; // the rest of a line
  std::size_t dropped_ = 0;
};

} // namespace tally
