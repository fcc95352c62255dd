#pragma once

#include <tally/base/error.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// Non-blocking sockets that listen on one port, one for each worker; the kernel spreads new
/// connections over them (SO_REUSEPORT). The caller of listen() owns the descriptors.
struct listening {
  boost::asio::ip::tcp::endpoint endpoint;
  std::vector<int> descriptors;
};

/// Opens `count` sockets on `address` and `port`. An empty address means all interfaces, IPv6 and
/// IPv4 if the machine has both; port 0 lets the system choose. Fails with one line that names the
/// address, for example if another Tally already listens there.
result<listening, std::string> listen(const std::string& address, std::uint16_t port,
                                      unsigned count);

/// Binds a listener to a device that does not exist, so that the kernel refuses new connections and
/// their clients know that they have sent nothing. While a port still has other listeners, the
/// kernel may drop new connections instead. The listener keeps the connections in its queue and
/// those in their handshake, except for handshakes that use SYN cookies. Fails on Linux before 5.7.
error_code refuse_new_connections(int listener);

} // namespace tally
