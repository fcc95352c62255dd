#pragma once

#include "history.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <limits>
#include <vector>

namespace tally::test {

/// Visitors who count all at once, each on a keep-alive connection of its own that it makes anew
/// when it is lost, and who write down every answer. Who is refused comes back a little later.
class crowd {
public:
  static constexpr int endless = std::numeric_limits<int>::max();

  /// Each visitor counts `visits` times, or until leave(); the visitors are shared out to `ports`.
  crowd(const std::vector<std::uint16_t>& ports, history& answers, int visitors,
        int visits = endless);
  ~crowd() { leave(); }

  /// Lets no new visit begin.
  void leave() { leaving_ = true; }
  /// Waits for all of them.
  void wait();
  /// Both.
  void end();

private:
  void visit(std::uint16_t port, int visits);
  int visit_on_one_connection(std::uint16_t port, int visits);

  history& answers_;
  std::atomic<bool> leaving_{false};
  std::vector<std::future<void>> visitors_; // last: its threads use the others
};

} // namespace tally::test
