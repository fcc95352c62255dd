#include <tally/listener.hpp>

#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/system_error.hpp>

#include <sys/socket.h>

namespace tally {
namespace {

using asio::ip::tcp;
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

listener bound(executor loop, const tcp::endpoint& at, bool shared)
{
  listener socket{loop, at.protocol()};
  socket.set_option(listener::reuse_address{true});
  if (shared)
    socket.set_option(reuse_port{true});
  if (at.protocol() == tcp::v6())
    socket.set_option(asio::ip::v6_only{!at.address().is_unspecified()});
  socket.bind(at);
  return socket;
}

} // namespace

result<tcp::endpoint, std::string> find_endpoint(const std::string& address, std::uint16_t port)
{
  asio::io_context loop;
  tcp::endpoint at{tcp::v6(), port};
  try {
    if (!address.empty()) {
      at.address(asio::ip::make_address(address));
      return bound(loop.get_executor(), at, false).local_endpoint();
    }
    try {
      return bound(loop.get_executor(), at, false).local_endpoint();
    } catch (const boost::system::system_error& failure) {
      if (failure.code() != asio::error::address_family_not_supported &&
          failure.code() != boost::system::errc::address_not_available)
        throw;
      at = {tcp::v4(), port}; // a machine without IPv6
      return bound(loop.get_executor(), at, false).local_endpoint();
    }
  } catch (const boost::system::system_error& failure) {
    return "cannot listen on " + (address.empty() ? "" : address + ' ') + "port " +
           std::to_string(port) + ": " + failure.code().message() +
           (failure.code() == asio::error::address_in_use
                ? "; end what listens there or set PORT to another"
                : "; set TALLY_ADDRESS and PORT to what this machine can listen on");
  }
}

listener listen(executor loop, const tcp::endpoint& at)
{
  listener socket = bound(loop, at, true);
  socket.listen(asio::socket_base::max_listen_connections);
  return socket;
}

} // namespace tally
