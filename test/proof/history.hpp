#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tally::test {

/// What a visitor got for one visit, and when.
struct answer {
  using clock = std::chrono::steady_clock;

  /// The connection ended before an answer came: counted or not.
  static constexpr int lost = 0;

  clock::time_point begun; ///< before the request was sent
  clock::time_point ended; ///< after the answer was read, or the connection was lost
  int status = lost;
  long long number = 0; ///< that was shown, with status 200
};

/// All that any visitor was answered. Any thread may add.
class history {
public:
  void add(const answer& one);

  std::vector<answer> answers() const;
  /// How many there are, of one status or of all.
  int size() const;
  int count(int status) const;
  /// How many of each status, for a line of text.
  std::string summary() const;
  /// The longest that anybody waited for an answer.
  std::chrono::milliseconds slowest() const;

private:
  mutable std::mutex mutex_;
  std::vector<answer> answers_;
  std::map<int, int> by_status_;
};

} // namespace tally::test
