#pragma once

#include "fault.hpp"
#include "tcp_listener.hpp"

#include <tally/net/awaitable.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tally::test {

/// A proxy between Tally and a real Redis that applies faults to batches of visits. It parses only
/// as much of the protocol as it needs to find the end of a command or a reply and to recognize a
/// batch.
class fault_proxy {
public:
  explicit fault_proxy(std::uint16_t redis_port);
  ~fault_proxy();

  std::uint16_t port() const { return port_.number(); }

  /// Applies the fault to the next batch. Repeated calls queue faults, one per batch.
  void inject(fault queued);
  /// Applies the fault to every `n`-th batch from now on; 0 for none.
  void inject_every(unsigned n, fault repeated = {});

  /// Cuts all connections and refuses new ones, until accept_connections().
  void refuse_connections();
  void accept_connections();
  /// Cuts all connections.
  void cut_connections();
  /// Connects to another Redis from now on, and cuts all connections.
  void redirect(std::uint16_t redis_port);

  /// Delivers the held batches, each on the connection that it arrived on, and returns Redis'
  /// replies in order. Drops a batch whose connection to Redis has ended.
  std::vector<std::string> release();
  std::size_t held() const;

  /// Totals so far: connections, batches that arrived, batches that Redis had counted before, and
  /// batches with a fault.
  int connections() const { return connections_; }
  int batches() const { return batches_; }
  int duplicates() const { return duplicates_; }
  int faults() const { return faults_; }

private:
  class relay;

  void open();
  awaitable<void> listen();
  void run_on_loop(std::function<void()> function);
  std::optional<fault> take_fault();

  std::uint16_t redis_port_; // used on the loop's thread only
  reserved_port port_;
  asio::io_context loop_{1};
  asio::ip::tcp::acceptor acceptor_{loop_};
  std::vector<std::weak_ptr<relay>> relays_; // used on the loop's thread only

  mutable std::mutex mutex_; // guards the next four
  std::deque<fault> queued_faults_;
  unsigned fault_interval_ = 0;
  fault repeated_fault_;
  std::vector<std::shared_ptr<relay>> held_;

  std::atomic<int> connections_{0};
  std::atomic<int> batches_{0};
  std::atomic<int> duplicates_{0};
  std::atomic<int> faults_{0};
  std::jthread thread_; // last: it uses the other members
};

} // namespace tally::test
