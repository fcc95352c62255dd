#pragma once

#include "tcp_listener.hpp"
#include "tcp_stream.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>

namespace tally::test {

/// A server that does to each connection what the test says, one after another, and hangs up.
class scripted_peer {
public:
  /// Whatever `script` throws ends that connection alone.
  explicit scripted_peer(std::function<void(tcp_stream&)> script);
  ~scripted_peer();

  std::uint16_t port() const { return listener_.number(); }
  /// Connections so far.
  int connections() const { return connections_; }

private:
  void run();

  std::function<void(tcp_stream&)> script_;
  tcp_listener listener_;
  std::atomic<int> connections_{0};
  std::atomic<bool> closing_{false};
  std::future<void> running_;
};

} // namespace tally::test
