#pragma once

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
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

/// The value of `condition`; false if it throws, for instance because a server does not listen yet.
bool succeeds(const auto& condition)
{
  try {
    return condition();
  } catch (const std::exception&) {
    return false;
  }
}

/// Waits until `condition` succeeds. After a minute, throws an error that names `what`: sentinels
/// wait for several seconds between two fail-overs.
void wait_for(const char* what, const auto& condition)
{
  if (!eventually([&] { return succeeds(condition); }, std::chrono::seconds{60}))
    throw std::runtime_error{std::string{what} + ": not in time"};
}

} // namespace tally::test
