#pragma once

#include <tally/base/clock.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event.hpp>
#include <tally/net/event_loop.hpp>

#include <cstdint>
#include <functional>

namespace tally {

/// Calls one function at one time, or lets one coroutine sleep until then: a timerfd(2), whose
/// expiry is an event of the loop like any other. To set it costs a system call: set it seldom.
class timer final : event_loop::event_handler {
public:
  /// Throws boost::system::system_error when the system has no descriptor for it.
  explicit timer(event_loop& loop);
  ~timer();
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  /// Calls `expired` at this time. Replaces what was set before.
  void set(clock::time_point at, std::function<void()> expired);

  /// Ends at this time, or at cancel().
  awaitable<void> sleep_until(clock::time_point at);

  /// Ends a sleep, and calls nothing any more.
  void cancel();

private:
  void on_events(std::uint32_t events) override;
  void arm(clock::duration since_boot);

  int descriptor_;
  std::function<void()> expired_;
  event* sleeper_ = nullptr;
};

} // namespace tally
