#pragma once

#include "tcp_listener.hpp"

#include <tally/net/awaitable.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tally::test {

/// What befalls a batch of visits on its way through a fault_proxy.
struct fault {
  enum class kind {
    cut_before, ///< the connection is cut, and Redis never sees the batch
    cut_after,  ///< Redis counts the batch; the connection is cut instead of its reply
    truncate,   ///< the same, after the first half of the reply
    silence,    ///< neither the reply nor a later one comes; the connection stays
    delay,      ///< the reply comes late
    replace,    ///< other bytes come for the reply
    append,     ///< more bytes come after the reply: at once, or after the delay
    hold,       ///< the connection is lost to Tally, and the batch waits for release()
  };

  kind what = kind::cut_after;
  std::string bytes{};
  std::chrono::milliseconds delay{0};
};

/// Stands between Tally and a real Redis, and does to the batches what the test says. It knows just
/// enough of the protocol to see where a command or a reply ends and which command is a batch.
class fault_proxy {
public:
  explicit fault_proxy(std::uint16_t redis);
  ~fault_proxy();

  std::uint16_t port() const { return port_.number(); }

  /// Befalls the next batch; called more than once, one batch after another.
  void next(fault what);
  /// Befalls every `n`-th batch from now on; 0 for none.
  void every(unsigned n, fault what = {});

  /// Refuses connections and cuts those there are, until accept().
  void refuse();
  void accept();
  /// Cuts all connections.
  void cut();
  /// The same, and leads new connections to another Redis.
  void lead_to(std::uint16_t redis);

  /// Delivers what was held, each batch on the connection that it came on, and returns Redis'
  /// replies, as they came. A batch whose connection has ended meanwhile is dropped.
  std::vector<std::string> release();
  std::size_t held() const;

  /// So far: connections, batches that were sent, and those of them that had been counted before,
  /// and batches that something befell.
  int connections() const { return connections_; }
  int batches() const { return batches_; }
  int known() const { return known_; }
  int faults() const { return faults_; }

private:
  class relay;

  void open();
  awaitable<void> listen();
  void on_loop(std::function<void()> what);
  std::optional<fault> befalls();

  std::uint16_t redis_; // on the loop's thread alone
  reserved_port port_;
  asio::io_context loop_{1};
  asio::ip::tcp::acceptor acceptor_{loop_};
  std::vector<std::weak_ptr<relay>> relays_; // on the loop's thread alone

  mutable std::mutex mutex_; // for what follows
  std::deque<fault> next_;
  unsigned every_ = 0;
  fault each_;
  std::vector<std::shared_ptr<relay>> held_;

  std::atomic<int> connections_{0};
  std::atomic<int> batches_{0};
  std::atomic<int> known_{0};
  std::atomic<int> faults_{0};
  std::jthread thread_; // last: it uses the others
};

/// The size of the first whole value of the Redis serialization protocol in `bytes`; 0 when there
/// is none yet.
std::size_t resp_size(std::string_view bytes);

} // namespace tally::test
