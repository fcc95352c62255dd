#include <tally/net/listener.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <limits>
#include <sys/socket.h>

namespace tally {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Bytes of responses that the kernel buffers for a peer that does not read them (it allocates twice
// as much: socket(7)). By default the buffer grows to megabytes: Tally would serve such a peer ten
// thousand requests before a write blocks.
constexpr int send_buffer_size = 16384;

void share_port(tcp::acceptor& socket)
{
  const int yes = 1;
  if (setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0)
    throw boost::system::system_error{errno, boost::system::system_category()};
}

// With SO_REUSEPORT, a second Tally could listen on the same port unnoticed and take half of the
// visits. So the first socket starts to listen without the option, which fails if any other program
// listens there, and sets it afterwards.
listening listen_on(tcp::endpoint endpoint, unsigned count)
{
  asio::io_context loop;
  std::vector<tcp::acceptor> sockets;
  for (unsigned i = 0; i != count; ++i) {
    tcp::acceptor& socket = sockets.emplace_back(loop, endpoint.protocol());
    socket.set_option(tcp::acceptor::reuse_address{true});
    if (endpoint.protocol() == tcp::v6())
      socket.set_option(asio::ip::v6_only{!endpoint.address().is_unspecified()});
    if (i != 0)
      share_port(socket);
    // Connections inherit these options from their listener (tcp(7)). A response is one write, so
    // Nagle's algorithm would only delay it.
    socket.set_option(tcp::no_delay{true});
    socket.set_option(tcp::acceptor::send_buffer_size{send_buffer_size});
    socket.bind(endpoint);
    socket.listen(asio::socket_base::max_listen_connections);
    if (i == 0)
      share_port(socket);
    socket.non_blocking(true);
    endpoint = socket.local_endpoint();
  }
  listening opened{endpoint, {}};
  for (tcp::acceptor& socket : sockets)
    opened.descriptors.push_back(socket.release());
  return opened;
}

} // namespace

result<listening, std::string> listen(const std::string& address, std::uint16_t port,
                                      unsigned count)
{
  try {
    if (!address.empty())
      return listen_on({asio::ip::make_address(address), port}, count);
    try {
      return listen_on({tcp::v6(), port}, count);
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::address_family_not_supported &&
          error.code() != boost::system::errc::address_not_available)
        throw;
      return listen_on({tcp::v4(), port}, count); // a machine without IPv6
    }
  } catch (const boost::system::system_error& error) {
    return "cannot listen on " + (address.empty() ? "" : address + ' ') + "port " +
           std::to_string(port) + ": " + error.code().message() +
           (error.code() == asio::error::address_in_use
                ? "; end what listens there or set PORT to another"
                : "; set TALLY_ADDRESS and PORT to what this machine can listen on");
  }
}

error_code refuse_new_connections(int listener)
{
  constexpr int no_device = std::numeric_limits<int>::max();
  if (setsockopt(listener, SOL_SOCKET, SO_BINDTOIFINDEX, &no_device, sizeof no_device) == 0)
    return {};
  return {errno, boost::system::system_category()};
}

} // namespace tally
