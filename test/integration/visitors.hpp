#pragma once

#include "http_client.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <vector>

namespace tally::test {

/// What became of a crowd's visits.
struct tallied {
  std::vector<long long> shown; ///< the numbers of those answered 200
  int refused = 0;              ///< answered 503: not counted
  int unknown = 0;              ///< answered 504: counted or not
  int unanswered = 0;           ///< the connection broke first: counted or not
  int last_words = 0;           ///< connections whose last answer said Connection: close

  /// Sorted, and joined with another's.
  void add(const tallied& other);
  /// No number was shown twice.
  bool distinct() const;
  /// The numbers shown are exactly 1 ... `total`.
  bool contiguous_to(long long total) const;
};

/// Visitors on keep-alive connections of their own, counting all at once.
class visitors {
public:
  /// Each of `connections` counts `visits` times, or until `leave` or the server closes it.
  visitors(std::uint16_t port, int connections, int visits);
  ~visitors() { leave(); }

  /// Lets no new visit begin.
  void leave() { leaving_ = true; }
  /// Answers so far.
  int answered() const { return answered_; }
  /// Waits for all of them. Throws what went wrong: an answer that is none of 200, 503 and 504.
  tallied result();

private:
  tallied visit(std::uint16_t port, int visits);

  std::atomic<bool> leaving_{false};
  std::atomic<int> answered_{0};
  std::vector<std::future<tallied>> crowd_; // last: its threads use the others
};

} // namespace tally::test
