#pragma once

#include "history.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <limits>
#include <string>
#include <vector>

namespace tally::test {

/// Concurrent visitors, one thread each, that record the outcome of every visit. A visitor keeps
/// its connection alive, opens a new one when it is lost, and pauses briefly after a 503 or when it
/// cannot connect.
class crowd {
public:
  static constexpr int endless = std::numeric_limits<int>::max();

  /// Each visitor makes `visits` visits, or fewer if it is stopped. `ports` are used in turn. Each
  /// visitor visits `counters` in turn; visitors form pairs, and each pair begins at another
  /// counter.
  crowd(const std::vector<std::uint16_t>& ports, history& outcomes, int visitors,
        int visits = endless, std::vector<std::string> counters = {"visits"});
  ~crowd() { request_stop(); }

  /// Lets no new visit begin.
  void request_stop() { stopping_ = true; }
  /// Waits until every visitor has finished.
  void wait();
  /// Requests the stop and waits.
  void stop();

private:
  void visit(std::uint16_t port, int visits, std::size_t first);
  int visit_on_one_connection(std::uint16_t port, int visits, std::size_t first);

  history& outcomes_;
  const std::vector<std::string> counters_;
  std::atomic<bool> stopping_{false};
  std::vector<std::future<void>> visitors_; // last: the threads use the other members
};

} // namespace tally::test
