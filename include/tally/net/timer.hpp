#pragma once

#include <tally/base/clock.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/net/event.hpp>
#include <tally/net/event_loop.hpp>

#include <cstdint>
#include <functional>

namespace tally {

/// Calls one function at one time, or lets one coroutine sleep until then. It is a timerfd(2),
/// whose expiry is an event of the loop like any other. Setting it takes a system call: set it
/// rarely.
class timer final : event_loop::event_handler {
public:
  /// Throws boost::system::system_error if the process has no descriptor left.
  explicit timer(event_loop& loop);
  ~timer();
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  /// Calls `on_expiry` at `deadline`. Replaces what was set before.
  void set(clock::time_point deadline, std::function<void()> on_expiry);

  /// Returns at `deadline`, or at cancel(). Uses set().
  awaitable<void> sleep_until(clock::time_point deadline);

  /// Ends a sleep, and does not call the function that was set.
  void cancel();

  /// Whether a function is set that has neither been called nor cancelled.
  bool armed() const { return static_cast<bool>(on_expiry_); }

private:
  void on_events(std::uint32_t events) override;
  void arm(clock::duration since_boot);

  int descriptor_;
  std::function<void()> on_expiry_;
  event* sleeper_ = nullptr;
};

} // namespace tally
