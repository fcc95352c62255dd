#include <tally/poller.hpp>

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <sys/epoll.h>
#include <thread>
#include <utility>

namespace tally {
namespace {

// As many as are told by one system call, and how often that is made, before it is the turn of all
// else that the loop has to do.
constexpr std::size_t at_once = 128;
constexpr std::chrono::milliseconds longest_turn{2};
constexpr int patience_ms = 1;
constexpr std::chrono::microseconds longest_expectation{100};

int new_set()
{
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0)
    throw boost::system::system_error{errno, boost::system::system_category(), "epoll_create1"};
  return set;
}

} // namespace

poller::poller(executor loop) : loop_{loop}, set_{loop, new_set()}
{
  wait();
}

void poller::add(int descriptor, std::uint32_t events, subscriber& whom)
{
  epoll_event wanted{events, {&whom}};
  if (epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &wanted) != 0)
    throw boost::system::system_error{errno, boost::system::system_category(), "epoll_ctl"};
}

void poller::rearm(int descriptor, std::uint32_t events, subscriber& whom)
{
  epoll_event wanted{events, {&whom}};
  epoll_ctl(set_.native_handle(), EPOLL_CTL_MOD, descriptor, &wanted);
}

void poller::defer(deferred& what)
{
  if (what.hook_.is_linked())
    return;
  if (!in_turn_ && deferred_.empty())
    asio::post(loop_, [this] { turn(); });
  deferred_.push_back(what);
}

void poller::defer_to_next(deferred& what, std::chrono::microseconds at_most)
{
  if (!what.hook_.is_linked())
    next_.push_back(what);
  next_wait_ = at_most;
}

void poller::defer_by(deferred& what, std::chrono::microseconds pause)
{
  defer_to_next(what);
  pause_ = pause;
}

void poller::stop()
{
  boost::system::error_code ignored;
  set_.close(ignored);
}

// A wait arms the set anew in Asio's (EPOLL_CTL_MOD), and so also tells what a turn has left there.
void poller::wait()
{
  set_.async_wait(set_.wait_read, [this](const boost::system::error_code& stopped) {
    if (stopped || !set_.is_open())
      return;
    turn();
    if (set_.is_open())
      wait();
  });
}

// Where much comes more will come, and to wait for it here takes one system call, where Asio takes
// three. Now and then it is Asio's turn all the same: its timers are late by so much.
void poller::turn()
{
  const auto until = coarse_now() + longest_turn;
  hand_over_ = false;
  bool came = tell(0);
  while ((came || !next_.empty()) && !hand_over_ && coarse_now() < until)
    came = tell(next_.empty() ? patience_ms : 0);
  if (!next_.empty())
    asio::post(loop_, [this] { turn(); });
}

// Tells whoever has something, and does what is to be done after that; false: there was nothing.
bool poller::tell(int wait_ms)
{
  in_turn_ = true;
  std::array<epoll_event, at_once> events; // NOLINT(*-member-init): the kernel writes it
  std::this_thread::sleep_for(std::exchange(pause_, {}));
  const auto next_wait = std::exchange(next_wait_, {});
  int n = epoll_wait(set_.native_handle(), events.data(), at_once, wait_ms);
  if (n == 0 && comes(set_.native_handle(), next_wait))
    n = epoll_wait(set_.native_handle(), events.data(), at_once, 0);
  for (std::size_t i = 0; n > 0 && i != static_cast<std::size_t>(n); ++i)
    static_cast<subscriber*>(events[i].data.ptr)->on_events(events[i].events);
  end_turn();
  return tell_expected() || n > 0;
}

bool poller::tell_expected()
{
  if (expected_ < 0 || hand_over_ || !next_.empty() || !comes(expected_, longest_expectation))
    return false;
  in_turn_ = true;
  expecting_->on_events(EPOLLIN);
  end_turn();
  return true;
}

// epoll_wait(2) knows no times this short.
bool poller::comes(int descriptor, std::chrono::nanoseconds at_most)
{
  const timespec time{0, at_most.count()};
  pollfd what{descriptor, POLLIN, 0};
  return at_most.count() != 0 && ppoll(&what, 1, &time, nullptr) == 1;
}

void poller::end_turn()
{
  deferred_.splice(deferred_.end(), next_);
  while (!deferred_.empty()) {
    deferred& next = deferred_.front();
    deferred_.pop_front();
    next.on_turn_end();
  }
  in_turn_ = false;
}

} // namespace tally
