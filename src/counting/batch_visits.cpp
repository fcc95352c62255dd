#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/counting/batch_visits.hpp>
#include <tally/redis/reply.hpp>

namespace tally {
namespace {

// Bounds on the size of a command, and on the time that Redis spends on it.
constexpr std::int64_t max_visits = 1024;
constexpr std::size_t max_parts = 256;

std::int64_t all_visits(const batch_part& part)
{
  return part.visits + part.keyed_visits;
}

errc part_error(const batch_part& part)
{
  if (exceeds_limit(part))
    return errc::counter_limit;
  return is_permanent_error(part.error) ? errc::permanent_failure : errc::temporary_failure;
}

} // namespace

void batch_visits::fill(pending_totals& waiting, const batch& batch)
{
  parts_.clear();
  keyed_.clear();
  size_ = 0;
  for (auto next = waiting.begin(); next != waiting.end() && size_ != max_visits;) {
    pending_total& visit = *next++;
    if (const auto part = part_for(visit)) {
      visit.current_batch = &batch;
      visit.index = *part;
      visit.index_in_part = add(visit, *part);
      ++size_;
      visit.batch_hook.unlink();
      visits_.push_back(visit);
    }
  }
  index_.clear();
}

// Returns the visit's own index.
std::int64_t batch_visits::add(const pending_total& visit, std::size_t part)
{
  if (visit.key.empty())
    return parts_[part].visits++;
  ++parts_[part].keyed_visits;
  keyed_.push_back({keys::visit(visit.key), part});
  return static_cast<std::int64_t>(keyed_.size()) - 1;
}

// The index of the part that the visit can join; nothing if it must wait.
std::optional<std::size_t> batch_visits::part_for(const pending_total& visit)
{
  if (const auto known = index_.find(visit.counter); known != index_.end())
    return visit.exclusive || parts_[known->second].exclusive ? std::nullopt
                                                              : std::optional{known->second};
  if (parts_.size() == max_parts)
    return std::nullopt;
  index_.emplace(visit.counter, parts_.size());
  parts_.push_back({.key = keys::counter(visit.counter), .exclusive = visit.exclusive});
  return parts_.size() - 1;
}

// Settles the last visit first. When a session's first visit is settled, its later ones already
// have their outcomes, so that the session writes all responses together.
std::int64_t batch_visits::settle(pending_totals& waiting)
{
  std::int64_t counted = 0;
  pending_totals one_by_one;
  while (!visits_.empty()) {
    pending_total& visit = visits_.back();
    const batch_part& part = parts_[visit.index];
    const keyed_visit* const keyed =
        visit.key.empty() ? nullptr : &keyed_[static_cast<std::size_t>(visit.index_in_part)];
    if (keyed && keyed->number) {
      counted += keyed->repetition ? 0 : 1;
      visit.settle(*keyed->number);
    } else if (keyed && keyed->conflict) {
      visit.settle(make_error_code(errc::key_conflict));
    } else if (part.total) {
      ++counted;
      visit.settle(*part.total - part.visits + visit.index_in_part + 1);
    } else if (overflows(part)) {
      visit.exclusive = true;
      visit.batch_hook.unlink();
      one_by_one.push_front(visit);
    } else {
      visit.settle(make_error_code(part_error(part)));
    }
  }
  requeue(one_by_one, waiting);
  return counted;
}

void batch_visits::requeue(pending_totals& visits, pending_totals& waiting)
{
  for (pending_total& visit : visits)
    visit.current_batch = nullptr;
  waiting.splice(waiting.begin(), visits);
}

bool overflows(const batch_part& part)
{
  return all_visits(part) > 1 && part.error.find("would overflow") != part.error.npos;
}

bool exceeds_limit(const batch_part& part)
{
  return part.error.starts_with(count_script::limit_prefix);
}

} // namespace tally
