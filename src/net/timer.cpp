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

void timer::set(clock::time_point deadline, std::function<void()> on_expiry)
{
  on_expiry_ = std::move(on_expiry);
  // A time of 0 would disarm the timer; a past time expires immediately (timerfd_settime(2)).
  arm(std::max<clock::duration>(deadline.time_since_epoch(), std::chrono::nanoseconds{1}));
}

awaitable<void> timer::sleep_until(clock::time_point deadline)
{
  event awake;
  sleeper_ = &awake;
  set(deadline, [&awake] { awake.set(); });
  co_await awake.wait();
  sleeper_ = nullptr;
}

void timer::cancel()
{
  arm(clock::duration::zero());
  on_expiry_ = {};
  if (sleeper_)
    std::exchange(sleeper_, nullptr)->set();
}

void timer::arm(clock::duration since_boot)
{
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  const itimerspec expiry{
      {}, {seconds.count(), std::chrono::nanoseconds{since_boot - seconds}.count()}};
  timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &expiry, nullptr);
}

// If the timer was set again or cancelled after it expired, the read fails with EAGAIN.
void timer::on_events(std::uint32_t)
{
  std::uint64_t expirations = 0;
  if (read(descriptor_, &expirations, sizeof expirations) < 0)
    return;
  sleeper_ = nullptr;
  std::exchange(on_expiry_, {})();
}

} // namespace tally
