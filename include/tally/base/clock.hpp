#pragma once

#include <chrono>
#include <ctime>

namespace tally {

using clock = std::chrono::steady_clock;

/// As clock::now(), but up to a few milliseconds behind and five times as fast (clock_gettime(2),
/// CLOCK_MONOTONIC_COARSE). Precise enough for the deadlines of HTTP.
inline clock::time_point coarse_now()
{
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return clock::time_point{std::chrono::seconds{now.tv_sec} +
                           std::chrono::nanoseconds{now.tv_nsec}};
}

} // namespace tally
