#pragma once

#include <cstdint>
#include <time.h>

namespace open_loop {

using nanoseconds = std::int64_t;
constexpr nanoseconds second = 1'000'000'000;

/// Monotonic time.
inline nanoseconds now()
{
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * second + time.tv_nsec;
}

} // namespace open_loop
