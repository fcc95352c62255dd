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

// Bytes of answers that the kernel takes for a peer which does not read them (it reckons twice as
// much, for its own part: socket(7)). It would go up to megabytes by itself, and serve such a peer
// ten thousand requests before it is noticed.
constexpr int unread_answers = 16384;

void share_port(tcp::acceptor& socket)
{
  const int yes = 1;
  if (setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0)
    throw boost::system::system_error{errno, boost::system::system_category()};
}

// SO_REUSEPORT would let a second Tally onto the port in silence, to take half of the visits. So
// the first socket listens without it, which no second program can do, and shares from then on.
listening listen_on(tcp::endpoint at, unsigned count)
{
  asio::io_context loop;
  std::vector<tcp::acceptor> sockets;
  for (unsigned i = 0; i != count; ++i) {
    tcp::acceptor& socket = sockets.emplace_back(loop, at.protocol());
    socket.set_option(tcp::acceptor::reuse_address{true});
    if (at.protocol() == tcp::v6())
      socket.set_option(asio::ip::v6_only{!at.address().is_unspecified()});
    if (i != 0)
      share_port(socket);
    // Connections have these from their listener (tcp(7)). An answer is one write, so that there is
    // nothing to wait for before it goes out.
    socket.set_option(tcp::no_delay{true});
    socket.set_option(tcp::acceptor::send_buffer_size{unread_answers});
    socket.bind(at);
    socket.listen(asio::socket_base::max_listen_connections);
    if (i == 0)
      share_port(socket);
    socket.non_blocking(true);
    at = socket.local_endpoint();
  }
  listening all{at, {}};
  for (tcp::acceptor& socket : sockets)
    all.descriptors.push_back(socket.release());
  return all;
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
    } catch (const boost::system::system_error& failure) {
      if (failure.code() != asio::error::address_family_not_supported &&
          failure.code() != boost::system::errc::address_not_available)
        throw;
      return listen_on({tcp::v4(), port}, count); // a machine without IPv6
    }
  } catch (const boost::system::system_error& failure) {
    return "cannot listen on " + (address.empty() ? "" : address + ' ') + "port " +
           std::to_string(port) + ": " + failure.code().message() +
           (failure.code() == asio::error::address_in_use
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
