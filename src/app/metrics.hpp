#pragma once

#include "app/config.hpp"
#include "app/prometheus_text.hpp"

#include <tally/base/log.hpp>
#include <tally/base/statistics.hpp>
#include <tally/counting/batch_writer.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/http/statistics.hpp>
#include <tally/redis/connection.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// The statistics of all workers, summed at each call. The calls take no lock, and any thread may
/// make them.
class metrics {
public:
  /// What one worker counts.
  struct worker_statistics {
    const http_statistics& http;
    const batch_statistics& batches;
    const statistic& waiting_visits;
    const redis_statistics& redis;
  };

  /// Borrows everything.
  metrics(const config& settings, const log& log, const high_water_marks& marks)
      : settings_{settings}, log_{log}, marks_{marks}
  {
  }

  /// Adds a worker, and borrows its statistics. Only before the first worker runs.
  void add(const worker_statistics& worker) { workers_.push_back(worker); }

  /// The body of /metrics.
  std::string text() const;

  /// How many visits had each outcome since the start.
  std::array<std::uint64_t, http_statistics::outcome_count> visits() const;
  /// The times from a visit's first byte until its response was written, in nanoseconds.
  distribution visit_durations() const;

private:
  template <class Read>
  std::uint64_t sum(Read read) const;
  template <class Read>
  distribution merge(Read read) const;
  void write_http(prometheus_text& output) const;
  void write_counting(prometheus_text& output) const;
  void write_limits(prometheus_text& output) const;

  const config& settings_;
  const log& log_;
  const high_water_marks& marks_;
  std::vector<worker_statistics> workers_;
};

} // namespace tally
