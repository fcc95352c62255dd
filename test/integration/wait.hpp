#pragma once

#include <chrono>
#include <thread>
#include <utility>

namespace tally::test {

/// How long a test waits for an event that is due immediately. Generous, so that only a hang fails.
inline constexpr std::chrono::seconds test_timeout{20};

/// Evaluates `condition` until it is true or `timeout` has passed; returns its last value.
template <class Condition>
auto eventually(Condition condition, std::chrono::milliseconds timeout = test_timeout)
{
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    auto value = condition();
    if (value || std::chrono::steady_clock::now() >= deadline)
      return value;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

} // namespace tally::test
