#pragma once

#include "catch.hpp"
#include "unit/base/log_lines.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/high_water_marks.hpp>

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <utility>
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
    std::string text;
    auto lines = read_log_lines(ends_[0], text);
    REQUIRE(text.empty());
    return lines;
  }

private:
  std::array<int, 2> ends_{};
};

/// The parts of a batch of one visit.
inline std::vector<tally::batch_part> part_of(const std::string& key)
{
  return {tally::batch_part{.key = key, .visits = 1}};
}

/// A batch that the marks count as in flight.
struct batch_in_flight {
  std::vector<tally::batch_part> parts;
  tally::high_water_marks::ticket ticket;
};

/// Marks that log to a pipe, and count the calls of their ready handler.
struct high_water_marks_fixture {
  high_water_marks_fixture()
  {
    marks.on_ready([this] { ++ready_calls; });
  }

  /// Begins a batch of one visit, which need not wait.
  batch_in_flight begin(const std::string& key)
  {
    std::vector<tally::batch_part> parts = part_of(key);
    const auto ticket = marks.begin(parts);
    REQUIRE(ticket.has_value());
    return {std::move(parts), *ticket};
  }

  /// The batch is counted and shown.
  void end_counted(batch_in_flight& batch, std::int64_t total, std::int64_t epoch = 0)
  {
    batch.parts[0].total = total;
    marks.end_counted(batch.ticket, batch.parts, epoch);
  }

  /// A batch of one visit is counted and shown.
  void count(const std::string& key, std::int64_t total, std::int64_t epoch = 0)
  {
    batch_in_flight batch = begin(key);
    end_counted(batch, total, epoch);
  }

  /// The only batch in flight finds the counter, whose mark is `mark`, at `total`.
  void roll_back(const std::string& key, std::int64_t mark, std::int64_t total)
  {
    count(key, mark);
    find_below(key, total);
  }

  /// The only batch in flight finds the counter at `total`, below its mark.
  void find_below(const std::string& key, std::int64_t total)
  {
    const batch_in_flight batch = begin(key);
    marks.report_rollback(batch.parts[0], total);
    marks.end(batch.ticket);
  }

  std::int64_t mark_of(const std::string& key)
  {
    const batch_in_flight batch = begin(key);
    marks.end(batch.ticket);
    return batch.parts[0].mark;
  }

  log_pipe output;
  tally::log log{output.write_end(), tally::log_level::info};
  tally::high_water_marks marks{log};
  int ready_calls = 0;
};
