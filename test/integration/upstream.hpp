#pragma once

#include "scripted_peer.hpp"

#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

namespace tally::test {

/// Stands behind nginx in the place of tally: keeps each request, and says 200.
class upstream {
public:
  /// Answers so many requests on each connection and hangs up on the next, once it has read it.
  explicit upstream(int answers = std::numeric_limits<int>::max());

  std::uint16_t port() const { return peer_.port(); }
  int connections() const { return peer_.connections(); }
  /// All requests so far, each from its first line to its empty one.
  std::vector<std::string> requests() const;

private:
  void serve(tcp_stream& connection, int answers);

  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  scripted_peer peer_; // last: its thread uses the others
};

} // namespace tally::test
