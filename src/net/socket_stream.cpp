#include <tally/net/socket_stream.hpp>

#include <boost/asio/error.hpp>

#include <cerrno>
#include <cstdint>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tally {
namespace {

// Edge-triggered: unread bytes are reported once, when they arrive.
constexpr std::uint32_t read_events = EPOLLIN | EPOLLRDHUP | EPOLLET;

error_code last_error()
{
  if (errno == EAGAIN)
    return boost::asio::error::would_block;
  return {errno, boost::system::system_category()};
}

} // namespace

void socket_stream::open(stream::event_handler& handler)
{
  handler_ = &handler;
  loop_.add(descriptor_, read_events, *this);
}

// Allows one read per event: a peer that sends faster than the session reads would otherwise occupy
// the worker. Rearming reports the rest in the next turn, after the other connections.
bool socket_stream::readable()
{
  if (!readable_ || event_unread_)
    return readable_;
  readable_ = false;
  rearm();
  return false;
}

// A read that does not fill its buffer has emptied the socket, and epoll reports whatever arrives
// later. It does not report the end of the stream again: that takes one more read.
result<std::size_t> socket_stream::read(std::span<char> buffer)
{
  event_unread_ = false;
  const ssize_t n = recv(descriptor_, buffer.data(), buffer.size(), 0);
  readable_ = end_reported_ || n == static_cast<ssize_t>(buffer.size());
  if (n < 0) {
    const error_code error = last_error();
    readable_ = readable_ && error != boost::asio::error::would_block;
    return error;
  }
  return static_cast<std::size_t>(n);
}

result<std::size_t> socket_stream::write(std::string_view bytes)
{
  const ssize_t n = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0)
    return static_cast<std::size_t>(n);
  const error_code error = last_error();
  if (error == boost::asio::error::would_block && !std::exchange(write_blocked_, true))
    rearm();
  return error;
}

void socket_stream::rearm()
{
  loop_.rearm(descriptor_, write_blocked_ ? read_events | EPOLLOUT : read_events, *this);
}

void socket_stream::shutdown()
{
  ::shutdown(descriptor_, SHUT_WR);
}

void socket_stream::close()
{
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

void socket_stream::on_events(std::uint32_t events)
{
  event_unread_ = true;
  end_reported_ = end_reported_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  readable_ = readable_ || end_reported_ || (events & EPOLLIN) != 0;
  // Call one handler only: it may close this stream.
  if (write_blocked_ && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    write_blocked_ = false;
    rearm(); // also reports unread bytes, in the next turn
    return handler_->on_writable();
  }
  if (readable_)
    handler_->on_readable();
}

} // namespace tally
