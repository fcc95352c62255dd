#include <tally/base/backoff.hpp>

#include <algorithm>

namespace tally {

backoff::backoff(std::chrono::milliseconds min, std::chrono::milliseconds max,
                 std::uint_fast32_t seed)
    : min_{min}, max_{std::max(min, max)}, ceiling_{min}, random_{seed}
{
}

std::chrono::milliseconds backoff::next()
{
  std::uniform_int_distribution<std::chrono::milliseconds::rep> pause{ceiling_.count() / 2,
                                                                      ceiling_.count()};
  ceiling_ = std::min(ceiling_ * 2, max_);
  return std::chrono::milliseconds{pause(random_)};
}

} // namespace tally
