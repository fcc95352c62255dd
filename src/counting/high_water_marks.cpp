#include <tally/counting/high_water_marks.hpp>

#include <algorithm>
#include <utility>

namespace tally {

void high_water_marks::on_ready(std::function<void()> handler)
{
  const std::lock_guard lock{mutex_};
  ready_handlers_.push_back(std::move(handler));
}

std::optional<high_water_marks::ticket> high_water_marks::begin(std::span<batch_part> parts)
{
  const std::lock_guard lock{mutex_};
  if (must_raise_ && in_flight_ != 0)
    return std::nullopt;
  ++in_flight_;
  set_marks(parts);
  return ticket{epoch_, must_raise_, rollbacks_.value()};
}

void high_water_marks::refresh(ticket& batch_ticket, std::span<batch_part> parts)
{
  const std::lock_guard lock{mutex_};
  set_marks(parts);
  batch_ticket.epoch = epoch_;
}

void high_water_marks::set_marks(std::span<batch_part> parts) const
{
  for (batch_part& part : parts) {
    const auto found = marks_.find(part.key);
    part.mark = found == marks_.end() ? 0 : found->second.total;
  }
}

void high_water_marks::end(const ticket& batch_ticket)
{
  const std::lock_guard lock{mutex_};
  leave(batch_ticket);
}

void high_water_marks::end_counted(const ticket& batch_ticket, std::span<const batch_part> parts,
                                   std::int64_t epoch)
{
  const std::lock_guard lock{mutex_};
  if (batch_ticket.raise)
    must_raise_ = false;
  if (epoch >= epoch_) // a lower one: a late reply, from before an operator's change
    update_marks(batch_ticket, parts, epoch);
  leave(batch_ticket);
}

void high_water_marks::update_marks(const ticket& batch_ticket, std::span<const batch_part> parts,
                                    std::int64_t epoch)
{
  if (epoch > std::exchange(epoch_, epoch))
    marks_.clear();
  for (const batch_part& part : parts)
    if (part.total) {
      if (marks_.size() == max_marks && !marks_.contains(part.key))
        marks_.erase(marks_.begin());
      mark& updated = marks_[part.key];
      updated.total = std::max(updated.total, *part.total);
      updated.rollbacks = std::max(updated.rollbacks, batch_ticket.rollbacks);
    }
}

void high_water_marks::leave(const ticket& batch_ticket)
{
  --in_flight_;
  if (batch_ticket.raise || (must_raise_ && in_flight_ == 0))
    for (const auto& handler : ready_handlers_)
      handler();
}

// If the process has not counted this counter since it found the last rollback, then that rollback,
// which is in the log, explains why the counter is below its mark.
void high_water_marks::report_rollback(const batch_part& part, std::int64_t total)
{
  const std::lock_guard lock{mutex_};
  if (std::exchange(must_raise_, true))
    return;
  if (const auto found = marks_.find(part.key);
      found != marks_.end() && found->second.rollbacks < rollbacks_.value())
    return;
  ++rollbacks_;
  log_.error("redis_rolled_back", {{"counter", part.key}, {"shown", part.mark}, {"found", total}});
}

} // namespace tally
