#pragma once

#include <tally/awaitable.hpp>
#include <tally/error.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstdint>
#include <string>

namespace tally {

using listener = asio::basic_socket_acceptor<asio::ip::tcp, executor>;

/// The endpoint that `address` and `port` mean, found free: an empty address is all interfaces,
/// IPv6 and IPv4 together where the machine has both, and port 0 becomes one the system chose.
///
/// The workers share their port (SO_REUSEPORT), which would let a second Tally start on it in
/// silence and take half of the visits. So it is bound once without that option first. Fails with
/// one line that names the address.
result<asio::ip::tcp::endpoint, std::string> find_endpoint(const std::string& address,
                                                           std::uint16_t port);

/// One worker's listener on that endpoint; the kernel spreads new connections over them. Throws
/// boost::system::system_error.
listener listen(executor loop, const asio::ip::tcp::endpoint& at);

} // namespace tally
