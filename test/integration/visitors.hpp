#pragma once

#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <vector>

namespace tally::test {

/// The outcomes of many visits.
struct visit_results {
  std::vector<long long> shown; ///< the numbers of the visits with status 200
  int refused = 0;              ///< status 503: not counted
  int unknown = 0;              ///< status 504: counted or not
  int unanswered = 0;           ///< the connection broke first: counted or not
  int closed = 0;               ///< connections whose last response has Connection: close

  /// Adds the results of others; `shown` becomes sorted.
  void merge(const visit_results& other);
  /// No number was shown twice.
  bool distinct() const;
  /// The numbers shown are exactly 1 ... `total`.
  bool contiguous_to(long long total) const;
};

/// Concurrent visitors, each on its own keep-alive connection.
class visitors {
public:
  /// Each of `connections` counts `visits` times, or until leave(), or until the server closes it.
  visitors(std::uint16_t port, int connections, int visits, std::string target = "/count");
  ~visitors() { leave(); }

  /// No new visit begins after this call.
  void leave() { leaving_ = true; }
  /// The number of responses so far.
  int answered() const { return responses_; }
  /// Waits for all visitors. Throws if a response has a status other than 200, 503 and 504.
  visit_results result();

private:
  visit_results visit(std::uint16_t port, int visits);

  std::string target_;
  std::atomic<bool> leaving_{false};
  std::atomic<int> responses_{0};
  std::vector<std::future<visit_results>> tasks_; // last: its threads use the other members
};

/// Kills and starts Redis `times` times while visitors count with the two workers of this Tally,
/// and checks that each of their visits was counted once. Then stops Tally.
void check_counting_through_kills(redis_server& redis, tally_process& tally, std::size_t times);

} // namespace tally::test
