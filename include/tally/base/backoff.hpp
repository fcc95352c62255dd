#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace tally {

/// How long to pause between attempts: doubling from `min` to `max`, each pause drawn at random
/// from its upper half, so that many clients of one restarted server do not return in step.
class backoff {
public:
  backoff(std::chrono::milliseconds min, std::chrono::milliseconds max, std::uint_fast32_t seed);

  /// The pause before the next attempt.
  std::chrono::milliseconds next();

  /// The attempt succeeded: the next pause is short again.
  void reset() { ceiling_ = min_; }

private:
  std::chrono::milliseconds min_;
  std::chrono::milliseconds max_;
  std::chrono::milliseconds ceiling_;
  std::minstd_rand random_;
};

} // namespace tally
