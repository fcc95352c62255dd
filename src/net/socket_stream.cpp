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

// Edge-triggered: told once for all that has come, and not again while nobody reads it.
constexpr std::uint32_t arrivals = EPOLLIN | EPOLLRDHUP | EPOLLET;

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
  loop_.add(descriptor_, arrivals, *this);
}

// One read each time it is told: a peer that sends faster than it is read would keep the worker to
// itself, so the rest of it comes when all others have had their turn.
bool socket_stream::readable()
{
  if (!readable_ || reported_)
    return readable_;
  readable_ = false;
  rearm();
  return false;
}

// A read that does not fill its buffer has taken all there is: what comes later is told anew. Only
// an end that was told already is not, and has to be read by itself.
result<std::size_t> socket_stream::read(std::span<char> into)
{
  reported_ = false;
  const ssize_t n = recv(descriptor_, into.data(), into.size(), 0);
  readable_ = ends_ || n == static_cast<ssize_t>(into.size());
  if (n < 0) {
    const error_code failure = last_error();
    readable_ = readable_ && failure != boost::asio::error::would_block;
    return failure;
  }
  return static_cast<std::size_t>(n);
}

result<std::size_t> socket_stream::write(std::string_view bytes)
{
  const ssize_t n = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0)
    return static_cast<std::size_t>(n);
  const error_code failure = last_error();
  if (failure == boost::asio::error::would_block && !std::exchange(write_blocked_, true))
    rearm();
  return failure;
}

void socket_stream::rearm()
{
  loop_.rearm(descriptor_, write_blocked_ ? arrivals | EPOLLOUT : arrivals, *this);
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
  reported_ = true;
  ends_ = ends_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  readable_ = readable_ || ends_ || (events & EPOLLIN) != 0;
  // One of the two at a time: the first may be the end of this.
  if (write_blocked_ && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    write_blocked_ = false;
    rearm(); // which also tells what else is there
    return handler_->on_writable();
  }
  if (readable_)
    handler_->on_readable();
}

} // namespace tally
