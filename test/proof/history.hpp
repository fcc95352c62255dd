#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace tally::test {

/// The outcome of one visit, and its times.
struct outcome {
  using clock = std::chrono::steady_clock;

  /// The connection ended before a response; the visit may have been counted.
  static constexpr int lost = 0;

  clock::time_point begun; ///< before the request was sent
  clock::time_point ended; ///< after the response was read or the connection was lost
  int status = lost;
  long long number = 0; ///< the number shown; with status 200 only
  std::string counter = "visits";
};

/// The outcomes of all visits. Thread-safe.
class history {
public:
  void add(const outcome& added);

  std::vector<outcome> all() const;
  int size() const;
  /// The names of the visited counters.
  std::set<std::string> counters() const;
  /// The number of outcomes with this status.
  int count(int status) const;
  /// The number of outcomes of each status, as text.
  std::string summary() const;
  /// The longest time from a request to its outcome.
  std::chrono::milliseconds slowest() const;

private:
  mutable std::mutex mutex_;
  std::vector<outcome> outcomes_;
  std::map<int, int> counts_; // by status
};

} // namespace tally::test
