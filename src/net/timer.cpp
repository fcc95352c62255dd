#include <tally/net/timer.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace tally {

timer::timer(event_loop& loop)
    : descriptor_{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)}
{
  if (descriptor_ < 0)
    throw boost::system::system_error{errno, boost::system::system_category(), "timerfd_create"};
  loop.add(descriptor_, EPOLLIN, *this);
}

timer::~timer()
{
  close(descriptor_);
}

void timer::set(clock::time_point at, std::function<void()> expired)
{
  expired_ = std::move(expired);
  // A time of 0 would disarm it, and one that has passed expires immediately (timerfd_settime(2)).
  arm(std::max<clock::duration>(at.time_since_epoch(), std::chrono::nanoseconds{1}));
}

awaitable<void> timer::sleep_until(clock::time_point at)
{
  event awake;
  sleeper_ = &awake;
  set(at, [&awake] { awake.set(); });
  co_await awake.wait();
  sleeper_ = nullptr;
}

void timer::cancel()
{
  arm(clock::duration::zero());
  if (sleeper_)
    std::exchange(sleeper_, nullptr)->set();
}

void timer::arm(clock::duration since_boot)
{
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  const itimerspec at{{},
                      {seconds.count(), std::chrono::nanoseconds{since_boot - seconds}.count()}};
  timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &at, nullptr);
}

// It may have been set anew, or cancelled, since it expired: then there is nothing to read.
void timer::on_events(std::uint32_t)
{
  std::uint64_t expirations = 0;
  if (read(descriptor_, &expirations, sizeof expirations) < 0)
    return;
  sleeper_ = nullptr;
  std::exchange(expired_, {})();
}

} // namespace tally
