#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace tally {

/// The pauses between attempts. The ceiling doubles from `min` to `max`, and each pause is a random
/// time between half the ceiling and the ceiling, so that the clients of a restarted server do not
/// return together.
class backoff {
public:
  backoff(std::chrono::milliseconds min, std::chrono::milliseconds max, std::uint_fast32_t seed);

  /// The pause before the next attempt.
  std::chrono::milliseconds next();

  /// Call after an attempt that succeeded: the next pause is short again.
  void reset() { ceiling_ = min_; }

private:
  std::chrono::milliseconds min_;
  std::chrono::milliseconds max_;
  std::chrono::milliseconds ceiling_;
  std::minstd_rand random_;
};

} // namespace tally
