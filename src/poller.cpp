#include <tally/poller.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace tally {
namespace {

// As many as are told before the loop turns to Redis and to its timers again.
constexpr int at_once = 128;

// Edge-triggered: told once for all that has come, and not again while nobody reads it.
constexpr std::uint32_t arrivals = EPOLLIN | EPOLLRDHUP | EPOLLET;

int new_set()
{
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0)
    throw boost::system::system_error{errno, boost::system::system_category(), "epoll_create1"};
  return set;
}

} // namespace

poller::poller(executor loop) : set_{loop, new_set()}
{
  wait();
}

void poller::add(int descriptor, subscriber& whom)
{
  epoll_event wanted{arrivals, {&whom}};
  if (epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &wanted) != 0)
    throw boost::system::system_error{errno, boost::system::system_category(), "epoll_ctl"};
}

void poller::rearm(int descriptor, subscriber& whom, bool writable)
{
  epoll_event wanted{writable ? arrivals | EPOLLOUT : arrivals, {&whom}};
  epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, descriptor, &wanted);
}

void poller::stop()
{
  boost::system::error_code ignored;
  set_.close(ignored);
}

void poller::wait()
{
  set_.async_wait(set_.wait_read, [this](const boost::system::error_code& stopped) {
    if (stopped || !set_.is_open())
      return;
    tell();
    wait();
  });
}

void poller::tell()
{
  std::array<epoll_event, at_once> events; // NOLINT(*-member-init): the kernel writes it
  const int n = epoll_wait(set_.native_handle(), events.data(), at_once, 0);
  for (int i = 0; i < n; ++i)
    static_cast<subscriber*>(events[static_cast<std::size_t>(i)].data.ptr)
        ->on_events(events[static_cast<std::size_t>(i)].events);
}

} // namespace tally
