#pragma once

#include "app/metrics.hpp"

#include <tally/base/clock.hpp>
#include <tally/base/log.hpp>

#include <array>
#include <cstdint>

namespace tally {

/// Logs, as the event `counted`, how many visits had each outcome since its last line.
class traffic_log {
public:
  /// Borrows both. The metrics need their workers only from the first write().
  traffic_log(const metrics& metrics, log& log) : metrics_{metrics}, log_{log} {}

  /// Writes a line if there were visits since the last one.
  void write();

private:
  const metrics& metrics_;
  log& log_;
  clock::time_point since_ = clock::now();
  std::array<std::uint64_t, http_statistics::outcome_count> visits_{};
  distribution durations_; // empty before the first line
};

} // namespace tally
