#include "history.hpp"

#include <algorithm>

namespace tally::test {

void history::add(const outcome& added)
{
  const std::lock_guard lock{mutex_};
  outcomes_.push_back(added);
  ++counts_[added.status];
}

std::vector<outcome> history::all() const
{
  const std::lock_guard lock{mutex_};
  return outcomes_;
}

int history::size() const
{
  const std::lock_guard lock{mutex_};
  return static_cast<int>(outcomes_.size());
}

std::set<std::string> history::counters() const
{
  const std::lock_guard lock{mutex_};
  std::set<std::string> names;
  for (const outcome& each : outcomes_)
    names.insert(each.counter);
  return names;
}

int history::count(int status) const
{
  const std::lock_guard lock{mutex_};
  const auto found = counts_.find(status);
  return found == counts_.end() ? 0 : found->second;
}

std::string history::summary() const
{
  const std::lock_guard lock{mutex_};
  std::string text;
  for (const auto& [status, times] : counts_)
    text += (text.empty() ? "" : ", ") + std::to_string(times) + " x " +
            (status == outcome::lost ? "lost" : std::to_string(status));
  return text.empty() ? "nothing" : text;
}

std::chrono::milliseconds history::slowest() const
{
  const std::lock_guard lock{mutex_};
  std::chrono::milliseconds longest{0};
  for (const outcome& each : outcomes_)
    longest =
        std::max(longest, std::chrono::ceil<std::chrono::milliseconds>(each.ended - each.begun));
  return longest;
}

} // namespace tally::test
