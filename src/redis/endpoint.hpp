#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <string>
#include <variant>

namespace tally {

namespace asio = boost::asio;

class tls_context;

/// One address of Redis to connect to, and how.
struct redis_endpoint {
  std::variant<asio::ip::tcp::endpoint, asio::local::stream_protocol::endpoint> address;
  /// Null without TLS.
  std::shared_ptr<const tls_context> tls{};
  /// The name, or the IP address, that the certificate must have.
  std::string tls_host{};
};

/// The address as `address:port`, `[address]:port` for IPv6, or the path of the socket.
std::string to_string(const redis_endpoint& endpoint);

} // namespace tally
