#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <utility>

namespace tally {

/// A coroutine in one piece of memory: it awaits things that resume it directly, and neither the
/// loop nor the allocator has a part in that. Made for what happens once a request; everything else
/// is an awaitable.
///
/// Who holds the task owns the coroutine, and ends it by letting go of the task, at any wait.
class task {
public:
  /// Is told the exception that ended the coroutine, or null; may destroy the task.
  using ended = std::function<void(const std::exception_ptr&)>;

  struct promise_type;

  task() = default;
  ~task() { reset(); }
  task(task&& other) noexcept : coroutine_{std::exchange(other.coroutine_, {})} {}
  task& operator=(task&& other) noexcept
  {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }

  /// Runs to its first wait, or to its end.
  void start(ended then);

private:
  using handle = std::coroutine_handle<promise_type>;

  explicit task(handle coroutine) : coroutine_{coroutine} {}
  void reset()
  {
    if (coroutine_)
      std::exchange(coroutine_, {}).destroy();
  }

  handle coroutine_;
};

struct task::promise_type {
  // At its end the coroutine is suspended for good, so that who is told may destroy it.
  struct last_wait {
    bool await_ready() const noexcept { return false; }
    void await_suspend(handle at) const noexcept
    {
      const auto why = std::move(at.promise().failure);
      const ended tell = std::move(at.promise().then);
      tell(why);
    }
    void await_resume() const noexcept {}
  };

  task get_return_object() { return task{handle::from_promise(*this)}; }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  last_wait final_suspend() const noexcept { return {}; }
  void return_void() const {}
  void unhandled_exception() { failure = std::current_exception(); }

  ended then;
  std::exception_ptr failure;
};

inline void task::start(ended then)
{
  coroutine_.promise().then = std::move(then);
  coroutine_.resume();
}

/// Where one coroutine waits until somebody says go on.
class wait_point {
public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waits) noexcept { waits_ = waits; }
  void await_resume() const noexcept {}

  /// Whether it waits here.
  explicit operator bool() const { return static_cast<bool>(waits_); }

  /// Resumes it. Whatever it owns may be gone when this returns, this wait point too.
  void resume() { std::exchange(waits_, {}).resume(); }

private:
  std::coroutine_handle<> waits_;
};

} // namespace tally
