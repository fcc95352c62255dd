#include "app/traffic_log.hpp"

#include <chrono>
#include <cstdint>

namespace tally {

void traffic_log::write()
{
  const auto visits = metrics_.visits();
  const auto now = clock::now();
  const auto seconds = std::chrono::round<std::chrono::seconds>(now - since_).count();
  since_ = now;
  if (visits == visits_)
    return;
  const distribution durations = metrics_.visit_durations();
  distribution recent = durations;
  if (!durations_.counts.empty())
    recent -= durations_;
  const auto count = [&](http_statistics::outcome outcome) {
    return visits[outcome] - visits_[outcome];
  };
  constexpr std::uint64_t nanoseconds_per_microsecond = 1000;
  log_.info("counted", {{"seconds", seconds},
                        {"visits", count(http_statistics::counted)},
                        {"refused", count(http_statistics::refused)},
                        {"unknown", count(http_statistics::unknown)},
                        {"broken", count(http_statistics::broken)},
                        {"p99_us", recent.quantile(0.99) / nanoseconds_per_microsecond}});
  visits_ = visits;
  durations_ = durations;
}

} // namespace tally
