#pragma once

#include <chrono>
#include <string>

namespace tally::test {

/// A fault that a fault_proxy applies to one batch of visits.
struct fault {
  enum class kind {
    cut_before, ///< the connection is cut, and Redis never receives the batch
    cut_after,  ///< Redis counts the batch; the connection is cut instead of the reply
    truncate,   ///< as cut_after, but Tally receives the first half of the reply
    silence,    ///< this and all later replies are dropped; the connection stays open
    delay,      ///< the reply arrives after `delay`
    replace,    ///< Tally receives `bytes` instead of the reply
    append,     ///< Tally receives `bytes` after the reply: in the same write, or after `delay`
    hold,       ///< Tally's connection is closed, and the batch waits for release()
  };

  kind type = kind::cut_after;
  std::string bytes{};
  std::chrono::milliseconds delay{0};
};

} // namespace tally::test
