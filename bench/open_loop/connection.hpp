#pragma once

#include "clock.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace open_loop {

enum class connection_state { closed, connecting, idle, busy };

struct connection {
  int fd = -1;
  connection_state state = connection_state::closed;
  nanoseconds due = 0; // of the request in flight
  std::size_t size = 0;
  std::array<char, 4096> buffer{};
};

/// Opens a non-blocking socket and starts to connect it to a loopback port.
inline bool start_connect(connection& each, std::uint16_t port)
{
  each.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(each.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return connect(each.fd, generic, sizeof address) == 0 || errno == EINPROGRESS;
}

} // namespace open_loop
