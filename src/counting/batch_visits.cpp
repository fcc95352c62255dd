#include "counting/keys.hpp"

#include <tally/counting/batch_visits.hpp>
#include <tally/redis/reply.hpp>

namespace tally {
namespace {

// Bounds on one command, and on the time that Redis is busy with it.
constexpr std::int64_t max_visits = 1024;
constexpr std::size_t max_parts = 256;

} // namespace

void batch_visits::take(pending_totals& waiting, const batch& batch)
{
  parts_.clear();
  size_ = 0;
  for (auto next = waiting.begin(); next != waiting.end() && size_ != max_visits;) {
    pending_total& visit = *next++;
    if (const auto part = part_for(visit)) {
      visit.in_batch = &batch;
      visit.index = *part;
      visit.place = parts_[*part].visits++;
      ++size_;
      visit.batch_hook.unlink();
      visits_.push_back(visit);
    }
  }
  index_.clear();
}

// The index of the part that the visit can be added to.
std::optional<std::size_t> batch_visits::part_for(const pending_total& visit)
{
  if (const auto known = index_.find(visit.counter); known != index_.end())
    return visit.alone || parts_[known->second].closed ? std::nullopt
                                                       : std::optional{known->second};
  if (parts_.size() == max_parts)
    return std::nullopt;
  index_.emplace(visit.counter, parts_.size());
  parts_.push_back({.key = keys::counter(visit.counter), .closed = visit.alone});
  return parts_.size() - 1;
}

// Last first: a session whose first visit is settled finds the outcomes of those behind it, and
// writes all its responses together.
std::int64_t batch_visits::settle(pending_totals& waiting)
{
  std::int64_t counted = 0;
  pending_totals singly;
  while (!visits_.empty()) {
    pending_total& visit = visits_.back();
    const batch_part& part = parts_[visit.index];
    if (part.total) {
      ++counted;
      visit.settle(*part.total - part.visits + visit.place + 1);
    } else if (overflows(part)) {
      visit.alone = true;
      visit.batch_hook.unlink();
      singly.push_front(visit);
    } else {
      visit.settle(make_error_code(is_lasting(part.error) ? errc::rejected : errc::refused));
    }
  }
  put_back(singly, waiting);
  return counted;
}

void batch_visits::put_back(pending_totals& visits, pending_totals& waiting)
{
  for (pending_total& each : visits)
    each.in_batch = nullptr;
  waiting.splice(waiting.begin(), visits);
}

bool overflows(const batch_part& part)
{
  return part.visits > 1 && part.error.find("would overflow") != part.error.npos;
}

} // namespace tally
