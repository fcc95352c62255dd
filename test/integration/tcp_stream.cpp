#include "tcp_stream.hpp"

#include "wait.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tally::test {

namespace {

[[noreturn]] void fail(const char* operation)
{
  if (errno == EAGAIN)
    throw std::runtime_error{std::string{operation} + ": timed out"};
  throw std::system_error{errno, std::generic_category(), operation};
}

void bind_source(int socket, const std::string& source)
{
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, source.c_str(), &address.sin_addr) != 1 ||
      ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    fail(source.c_str());
}

// With a timeout of the socket, a signal such as SIGCHLD ends a call whatever its handler.
template <class Call>
auto uninterrupted(Call call)
{
  auto result = call();
  while (result < 0 && errno == EINTR)
    result = call();
  return result;
}

} // namespace

tcp_stream::tcp_stream(adopted, int socket) : socket_{socket}
{
  const timeval limit{.tv_sec = test_timeout.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int enabled = 1; // bytes that are sent in pieces must arrive in pieces
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
}

tcp_stream tcp_stream::adopt(int socket)
{
  return {adopted{}, socket};
}

tcp_stream::tcp_stream(std::uint16_t port, const std::string& host, const std::string& source)
{
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* address = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &address))
    throw std::runtime_error{host + ": " + ::gai_strerror(error)};
  *this = adopt(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!source.empty())
    bind_source(socket_, source);
  const int result = ::connect(socket_, address->ai_addr, address->ai_addrlen);
  ::freeaddrinfo(address);
  if (result < 0) {
    const int error = errno;
    ::close(std::exchange(socket_, -1));
    throw std::system_error{error, std::generic_category(),
                            "connect to port " + std::to_string(port)};
  }
}

tcp_stream::~tcp_stream()
{
  if (socket_ >= 0)
    ::close(socket_);
}

tcp_stream::tcp_stream(tcp_stream&& other) noexcept : socket_{std::exchange(other.socket_, -1)} {}

tcp_stream& tcp_stream::operator=(tcp_stream&& other) noexcept
{
  std::swap(socket_, other.socket_);
  return *this;
}

void tcp_stream::send(std::string_view bytes)
{
  while (!bytes.empty()) {
    const auto sent =
        uninterrupted([&] { return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent < 0)
      fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string tcp_stream::read_some(std::size_t max_bytes)
{
  std::string bytes(max_bytes, '\0');
  const auto received =
      uninterrupted([&] { return ::recv(socket_, bytes.data(), bytes.size(), 0); });
  if (received < 0)
    fail("receive");
  bytes.resize(static_cast<std::size_t>(received));
  return bytes;
}

std::string tcp_stream::read_all()
{
  std::string all;
  for (std::string bytes; !(bytes = read_some()).empty();)
    all += bytes;
  return all;
}

bool tcp_stream::readable() const
{
  pollfd descriptor{.fd = socket_, .events = POLLIN, .revents = 0};
  return ::poll(&descriptor, 1, 0) > 0;
}

void tcp_stream::limit_unread(int bytes)
{
  if (::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0)
    fail("SO_RCVBUF");
}

void tcp_stream::shutdown_send()
{
  if (::shutdown(socket_, SHUT_WR) < 0)
    fail("shutdown");
}

void tcp_stream::reset()
{
  const linger no_linger{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &no_linger, sizeof no_linger);
  ::close(std::exchange(socket_, -1));
}

std::string buffered_tcp_stream::read_until(std::string_view delimiter)
{
  auto end = std::string::npos;
  while ((end = received_.find(delimiter)) == std::string::npos)
    read_more();
  return read_exactly(end + delimiter.size());
}

std::string buffered_tcp_stream::read_exactly(std::size_t size)
{
  while (received_.size() < size)
    read_more();
  auto bytes = received_.substr(0, size);
  received_.erase(0, size);
  return bytes;
}

void buffered_tcp_stream::read_more()
{
  const auto bytes = stream_.read_some();
  if (bytes.empty())
    throw std::runtime_error{"the connection ended within a message: \"" + received_ + '"'};
  received_ += bytes;
}

} // namespace tally::test
