#pragma once

#include <chrono>
#include <thread>
#include <utility>

namespace tally::test {

/// How long a test waits for what should come at once. Generous: only a hang may fail.
inline constexpr std::chrono::seconds patience{20};

/// Asks `condition` until it says yes or `limit` is over; returns its last answer.
template <class Condition>
auto eventually(Condition condition, std::chrono::milliseconds limit = patience)
{
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto answer = condition();
    if (answer || std::chrono::steady_clock::now() >= end)
      return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

} // namespace tally::test
