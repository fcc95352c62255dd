#pragma once

#include "catch.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/high_water_marks.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

/// A pipe that a log writes to. Neither end blocks.
class log_pipe {
public:
  log_pipe() { REQUIRE(pipe2(ends_.data(), O_NONBLOCK | O_CLOEXEC) == 0); }
  ~log_pipe()
  {
    close(ends_[0]);
    close(ends_[1]);
  }
  log_pipe(const log_pipe&) = delete;
  log_pipe& operator=(const log_pipe&) = delete;

  int write_end() const { return ends_[1]; }

  /// The lines that were written since the last call.
  std::vector<boost::json::object> lines() const
  {
    std::array<char, 4096> buffer{};
    const ssize_t size = read(ends_[0], buffer.data(), buffer.size());
    std::string_view text{buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    std::vector<boost::json::object> parsed;
    while (!text.empty()) {
      const auto end = text.find('\n');
      REQUIRE(end != text.npos);
      const std::string line{text.substr(0, end)};
      parsed.push_back(boost::json::parse(line).as_object());
      text.remove_prefix(end + 1);
    }
    return parsed;
  }

private:
  std::array<int, 2> ends_{};
};

/// The parts of a batch of one visit.
inline std::vector<tally::batch_part> part_of(const std::string& key)
{
  return {tally::batch_part{.key = key, .visits = 1}};
}

/// Marks that log to a pipe, and count the calls of their ready handler.
struct high_water_marks_fixture {
  high_water_marks_fixture()
  {
    marks.on_ready([this] { ++ready_calls; });
  }

  /// A batch of one visit is counted and shown.
  void count(const std::string& key, std::int64_t total, std::int64_t epoch = 0)
  {
    std::vector<tally::batch_part> parts = part_of(key);
    const auto ticket = marks.begin(parts);
    REQUIRE(ticket.has_value());
    parts[0].total = total;
    marks.end_counted(*ticket, parts, epoch);
  }

  /// The only batch in flight finds the counter, whose mark is `mark`, at `total`.
  void roll_back(const std::string& key, std::int64_t mark, std::int64_t total)
  {
    count(key, mark);
    std::vector<tally::batch_part> parts = part_of(key);
    const auto ticket = marks.begin(parts);
    REQUIRE(ticket.has_value());
    marks.report_rollback(parts[0], total);
    marks.end(*ticket);
  }

  std::int64_t mark_of(const std::string& key)
  {
    std::vector<tally::batch_part> parts = part_of(key);
    const auto ticket = marks.begin(parts);
    REQUIRE(ticket.has_value());
    marks.end(*ticket);
    return parts[0].mark;
  }

  log_pipe output;
  tally::log log{output.write_end(), tally::log_level::info};
  tally::high_water_marks marks{log};
  int ready_calls = 0;
};
