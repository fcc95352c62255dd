#pragma once

#include <tally/base/error.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// Sockets that listen on one port, for one worker each, and do not block; the kernel spreads new
/// connections over them (SO_REUSEPORT). Whoever is given a descriptor owns it.
struct listening {
  boost::asio::ip::tcp::endpoint at;
  std::vector<int> descriptors;
};

/// Listens on `address` and `port`: an empty address is all interfaces, IPv6 and IPv4 together
/// where the machine has both, and port 0 lets the system choose. Fails with one line that names
/// the address, also when another Tally listens there already.
result<listening, std::string> listen(const std::string& address, std::uint16_t port,
                                      unsigned count);

/// Binds a listener to a device that does not exist, so that the kernel refuses new connections,
/// whose clients then know that they have sent nothing. Until this was done to all listeners of a
/// port, the kernel may drop new connections instead. Connections in the queue, and those whose
/// handshake is under way, stay with the listener, unless the kernel has answered them with a SYN
/// cookie. Fails on Linux before 5.7.
error_code refuse_new_connections(int listener);

} // namespace tally
