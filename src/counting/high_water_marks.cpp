#include <tally/counting/high_water_marks.hpp>

#include <algorithm>
#include <utility>

namespace tally {

void high_water_marks::on_ready(std::function<void()> wake)
{
  const std::lock_guard lock{mutex_};
  wakes_.push_back(std::move(wake));
}

std::optional<high_water_marks::ticket> high_water_marks::begin(std::span<batch_part> parts)
{
  const std::lock_guard lock{mutex_};
  if (rolled_back_ && in_flight_ != 0)
    return std::nullopt;
  ++in_flight_;
  fill_in(parts);
  return ticket{epoch_, rolled_back_};
}

void high_water_marks::refresh(ticket& began, std::span<batch_part> parts)
{
  const std::lock_guard lock{mutex_};
  fill_in(parts);
  began.epoch = epoch_;
}

void high_water_marks::fill_in(std::span<batch_part> parts) const
{
  for (batch_part& part : parts) {
    const auto shown = shown_.find(part.key);
    part.mark = shown == shown_.end() ? 0 : shown->second;
  }
}

void high_water_marks::end(const ticket& began)
{
  const std::lock_guard lock{mutex_};
  finish(began);
}

void high_water_marks::counted(const ticket& began, std::span<const batch_part> parts,
                               std::int64_t epoch)
{
  const std::lock_guard lock{mutex_};
  if (began.raise)
    rolled_back_ = false;
  if (epoch >= epoch_) // otherwise it is a late reply, from before an operator's change
    note(parts, epoch);
  finish(began);
}

void high_water_marks::note(std::span<const batch_part> parts, std::int64_t epoch)
{
  if (epoch > std::exchange(epoch_, epoch))
    shown_.clear();
  for (const batch_part& part : parts)
    if (part.total) {
      if (shown_.size() == max_marks && !shown_.contains(part.key))
        shown_.erase(shown_.begin());
      auto& shown = shown_[part.key];
      shown = std::max(shown, *part.total);
    }
}

void high_water_marks::finish(const ticket& ended)
{
  --in_flight_;
  if (ended.raise || (rolled_back_ && in_flight_ == 0))
    for (const auto& wake : wakes_)
      wake();
}

void high_water_marks::rolled_back(const batch_part& part, std::int64_t found)
{
  const std::lock_guard lock{mutex_};
  if (!std::exchange(rolled_back_, true))
    log_.error("redis_rolled_back",
               {{"counter", part.key}, {"shown", part.mark}, {"found", found}});
}

} // namespace tally
