#pragma once

#include "history.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <vector>

namespace tally::test {

/// Concurrent visitors, one thread each, that send an idempotency key with every visit. A visitor
/// repeats a visit, with its key, until it has a number: after 503, after 504, and after each lost
/// connection. It sends each repetition to the next port. Every eighth visit is repeated once more
/// after it has its number.
class repeating_crowd {
public:
  /// Each visitor makes `visits` visits, or fewer if it is stopped, to `counters` in turn. A visit
  /// is one outcome, from its first request to its number. It is lost if it has no number after a
  /// minute. A repetition that gets another number than the visit is a further outcome.
  repeating_crowd(std::vector<std::uint16_t> ports, history& outcomes, int visitors, int visits,
                  std::vector<std::string> counters = {"visits"});
  ~repeating_crowd() { request_stop(); }

  /// Lets no new visit begin.
  void request_stop() { stopping_ = true; }
  /// Waits until every visitor has finished its visits.
  void wait();
  /// Requests the stop and waits.
  void stop();

  /// How many requests repeated an earlier one.
  int repetitions() const { return repetitions_; }

private:
  class visitor;

  void visit(std::size_t index, int visits);

  const std::vector<std::uint16_t> ports_;
  const std::vector<std::string> counters_;
  history& outcomes_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> repetitions_{0};
  std::vector<std::future<void>> visitors_; // last: the threads use the other members
};

} // namespace tally::test
