#include "tcp_listener.hpp"

#include "wait.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace tally::test {

reserved_port::reserved_port() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
{
  const int enabled = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof enabled);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket_, generic, size) < 0 || ::getsockname(socket_, generic, &size) < 0)
    throw std::system_error{errno, std::generic_category(), "reserve a port"};
  number_ = ntohs(address.sin_port);
}

reserved_port::~reserved_port()
{
  ::close(socket_);
}

tcp_listener::tcp_listener()
{
  // On Linux the receive timeout of a listening socket applies to accept.
  const timeval limit{.tv_sec = test_timeout.count(), .tv_usec = 0};
  ::setsockopt(socket(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::listen(socket(), SOMAXCONN) < 0)
    throw std::system_error{errno, std::generic_category(), "listen"};
}

tcp_stream tcp_listener::accept()
{
  const int connection = ::accept4(socket(), nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0)
    throw std::system_error{errno, std::generic_category(), "accept"};
  return tcp_stream::adopt(connection);
}

void tcp_listener::close()
{
  ::shutdown(socket(), SHUT_RDWR);
}

} // namespace tally::test
