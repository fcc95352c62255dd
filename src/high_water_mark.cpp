#include <tally/high_water_mark.hpp>

#include <algorithm>

namespace tally {

void high_water_mark::on_ready(std::function<void()> wake)
{
  const std::lock_guard lock{mutex_};
  wakes_.push_back(std::move(wake));
}

std::optional<high_water_mark::snapshot> high_water_mark::begin()
{
  const std::lock_guard lock{mutex_};
  if (rolled_back_ && in_flight_ != 0)
    return std::nullopt;
  ++in_flight_;
  return snapshot{highest_.total, highest_.epoch, rolled_back_};
}

void high_water_mark::refresh(snapshot& began)
{
  const std::lock_guard lock{mutex_};
  began.total = highest_.total;
  began.epoch = highest_.epoch;
}

void high_water_mark::end(const snapshot& began)
{
  const std::lock_guard lock{mutex_};
  --in_flight_;
  if (in_flight_ == 0 && (rolled_back_ || began.raise))
    for (const auto& wake : wakes_)
      wake();
}

void high_water_mark::counted(const snapshot& began, std::int64_t total, std::int64_t epoch)
{
  const std::lock_guard lock{mutex_};
  if (epoch > highest_.epoch)
    highest_ = {total, epoch};
  else if (epoch == highest_.epoch)
    highest_.total = std::max(highest_.total, total);
  if (began.raise)
    rolled_back_ = false;
}

void high_water_mark::rolled_back(const snapshot& began, std::int64_t found)
{
  const std::lock_guard lock{mutex_};
  if (!std::exchange(rolled_back_, true))
    log_.error("redis_rolled_back",
               {{"counter", counter_}, {"shown", began.total}, {"found", found}});
}

} // namespace tally
