#pragma once

#include <tally/awaitable.hpp>
#include <tally/error.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

using listener = asio::basic_socket_acceptor<asio::ip::tcp, executor>;

/// Descriptors of `count` sockets that listen on one port, for one worker each; the kernel spreads
/// new connections over them (SO_REUSEPORT). Whoever assigns one to a listener owns it.
struct listening {
  asio::ip::tcp::endpoint at;
  std::vector<listener::native_handle_type> descriptors;
};

/// Listens on `address` and `port`: an empty address is all interfaces, IPv6 and IPv4 together
/// where the machine has both, and port 0 lets the system choose. Fails with one line that names
/// the address, also when another Tally listens there already.
result<listening, std::string> listen(const std::string& address, std::uint16_t port,
                                      unsigned count);

} // namespace tally
