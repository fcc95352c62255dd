#pragma once

#include "scripted_peer.hpp"

#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

namespace tally::test {

/// A stand-in for tally behind nginx. It records each request and responds with 200.
class upstream {
public:
  /// Serves `max_requests` on each connection, then reads one more and closes the connection.
  explicit upstream(int max_requests = std::numeric_limits<int>::max());

  std::uint16_t port() const { return peer_.port(); }
  int connections() const { return peer_.connections(); }
  /// The heads of all requests so far, each with its empty line.
  std::vector<std::string> requests() const;

private:
  void serve(tcp_stream& connection, int max_requests);

  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  scripted_peer peer_; // last: its thread uses the other members
};

} // namespace tally::test
