#pragma once

#include "scripted_peer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tally::test {

/// A stand-in for one of several tally replicas behind nginx. It counts the requests that it served
/// and those that it received only in part.
class fake_replica {
public:
  /// `max_requests`: how many requests each of the first connections serves, before it reads one
  /// byte of the next request and closes. All later connections serve every request.
  explicit fake_replica(std::vector<int> max_requests = {});

  std::uint16_t port() const { return peer_.port(); }
  int served() const { return served_; }
  int broken() const { return broken_; }

private:
  void serve(tcp_stream& connection);

  std::vector<int> max_requests_;
  std::size_t connections_ = 0;
  std::atomic<int> served_{0};
  std::atomic<int> broken_{0};
  scripted_peer peer_; // last: its thread uses the other members
};

} // namespace tally::test
