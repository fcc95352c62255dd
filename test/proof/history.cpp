#include "history.hpp"

#include <algorithm>

namespace tally::test {

void history::add(const answer& one)
{
  const std::lock_guard lock{mutex_};
  answers_.push_back(one);
  ++by_status_[one.status];
}

std::vector<answer> history::answers() const
{
  const std::lock_guard lock{mutex_};
  return answers_;
}

int history::size() const
{
  const std::lock_guard lock{mutex_};
  return static_cast<int>(answers_.size());
}

int history::count(int status) const
{
  const std::lock_guard lock{mutex_};
  const auto found = by_status_.find(status);
  return found == by_status_.end() ? 0 : found->second;
}

std::string history::summary() const
{
  const std::lock_guard lock{mutex_};
  std::string text;
  for (const auto& [status, times] : by_status_)
    text += (text.empty() ? "" : ", ") + std::to_string(times) + " x " +
            (status == answer::lost ? "lost" : std::to_string(status));
  return text.empty() ? "nothing" : text;
}

std::chrono::milliseconds history::slowest() const
{
  const std::lock_guard lock{mutex_};
  std::chrono::milliseconds longest{0};
  for (const answer& each : answers_)
    longest =
        std::max(longest, std::chrono::ceil<std::chrono::milliseconds>(each.ended - each.begun));
  return longest;
}

} // namespace tally::test
