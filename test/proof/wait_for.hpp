#pragma once

#include "wait.hpp"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>

namespace tally::test {

/// Waits until the condition holds. An exception means that it does not hold yet, for instance
/// because a server does not listen. After a minute, throws an error that names `what`: sentinels
/// wait for several seconds between two fail-overs.
void wait_for(const char* what, const auto& condition)
{
  const bool met = eventually(
      [&] {
        try {
          return condition();
        } catch (const std::exception&) {
          return false;
        }
      },
      std::chrono::seconds{60});
  if (!met)
    throw std::runtime_error{std::string{what} + ": not in time"};
}

} // namespace tally::test
