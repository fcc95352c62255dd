#pragma once

#include "catch.hpp"
#include "unit/base/log_lines.hpp"

#include <tally/base/log.hpp>

#include <boost/json/object.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

/// A log that writes to a pipe, and the lines that it has written.
class captured_log {
public:
  explicit captured_log(tally::log_level threshold,
                        tally::log::time_point (*now)() = std::chrono::system_clock::now)
      : pipe_{open()}
  {
    log_.emplace(pipe_[1], threshold, now);
  }
  ~captured_log()
  {
    close(pipe_[0]);
    if (pipe_[1] != -1)
      close(pipe_[1]);
  }
  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;

  tally::log& log() { return *log_; }

  std::vector<boost::json::object> lines()
  {
    log_.reset(); // the log may have opened the pipe a second time
    close(std::exchange(pipe_[1], -1));
    std::string text;
    return read_log_lines(pipe_[0], text);
  }

private:
  static std::array<int, 2> open()
  {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    return ends;
  }

  std::array<int, 2> pipe_;
  std::optional<tally::log> log_;
};
