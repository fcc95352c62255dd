#pragma once

#include "fault_injector.hpp"
#include "fault_proxy.hpp"
#include "history.hpp"
#include "redis_server.hpp"
#include "replica.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <vector>

namespace tally::test {

/// Records one history, from an empty Redis to the verdict, while faults are injected.
class soak {
public:
  soak(int replicas, std::uint_fast32_t seed);

  /// Prints a line every few seconds and a table at the end. Returns whether every promise was
  /// kept; throws when Tally exits or does not count again after the last fault.
  bool run(std::chrono::milliseconds duration);

private:
  void disturb(std::chrono::milliseconds duration);
  void wait_until_recovered();
  std::vector<std::uint16_t> ports() const;
  void print_line(outcome::clock::duration elapsed) const;
  bool print_table() const;
  bool print_keys() const;

  redis_server redis_;
  fault_proxy proxy_{redis_.port()};
  std::list<replica> replicas_;
  history outcomes_;
  history keyed_outcomes_; // of visits with a key, on counters of their own
  int repetitions_ = 0;
  fault_injector injector_;
};

} // namespace tally::test
