#pragma once

#include <tally/net/awaitable.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tally::test {

/// A proxy in front of one server that can partition the network: it stalls the connections of some
/// clients, which it recognizes by a word among the first bytes that they send.
class link_proxy {
public:
  /// Listens on a free port of 127.0.0.1. Refuses connections before forward_to().
  link_proxy();
  ~link_proxy();

  std::uint16_t port() const { return port_; }

  /// The server's port on 127.0.0.1, from now on. Closes the connections to another one.
  void forward_to(std::uint16_t port);

  /// From now on no byte passes on connections whose client sends, or has sent, one of these words;
  /// they stay open. The empty word is that of every client.
  void stall(std::vector<std::string> words);

  /// Closes the stalled connections, with the bytes that did not pass, and stalls none any more.
  void heal();

private:
  class relay;

  awaitable<void> listen();
  void run_on_loop(std::function<void()> function);
  bool must_stall(const std::string& greeting) const;

  asio::io_context loop_{1};
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  // Used on the loop's thread only:
  std::uint16_t server_port_ = 0;
  std::vector<std::string> words_;
  std::vector<std::shared_ptr<relay>> relays_;
  std::jthread thread_; // last: it uses the other members
};

} // namespace tally::test
