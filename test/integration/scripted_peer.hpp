#pragma once

#include "tcp_listener.hpp"
#include "tcp_stream.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>

namespace tally::test {

/// A server that runs the script of a test on each connection, one after another, and then closes
/// the connection.
class scripted_peer {
public:
  /// An exception of `script` ends only that connection.
  explicit scripted_peer(std::function<void(tcp_stream&)> script);
  ~scripted_peer();

  std::uint16_t port() const { return listener_.number(); }
  /// The number of connections so far.
  int connections() const { return connections_; }

private:
  void run();

  std::function<void(tcp_stream&)> script_;
  tcp_listener listener_;
  std::atomic<int> connections_{0};
  std::atomic<bool> closing_{false};
  std::future<void> task_;
};

} // namespace tally::test
