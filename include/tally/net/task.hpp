#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <utility>

namespace tally {

/// A coroutine that is resumed directly by what it awaits: a wait involves neither the event loop
/// nor the allocator. It is meant for the waits of each request; other coroutines are awaitables.
///
/// The task owns the coroutine. Destroying the task while the coroutine waits destroys its locals.
class task {
public:
  /// Receives the exception that ended the coroutine, or null. It may destroy the task.
  using completion_handler = std::function<void(const std::exception_ptr&)>;

  struct promise_type;

  task() = default;
  ~task() { reset(); }
  task(task&& other) noexcept : coroutine_{std::exchange(other.coroutine_, {})} {}
  task& operator=(task&& other) noexcept
  {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }

  /// Runs the coroutine to its first wait, or to its end. `completed` is called at its end.
  void start(completion_handler completed);

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
  // The coroutine stays suspended at its end, so that the completion handler may destroy it.
  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    void await_suspend(handle coroutine) const noexcept
    {
      const auto thrown = std::move(coroutine.promise().error);
      const completion_handler handler = std::move(coroutine.promise().completed);
      handler(thrown);
    }
    void await_resume() const noexcept {}
  };

  task get_return_object() { return task{handle::from_promise(*this)}; }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  void return_void() const {}
  void unhandled_exception() { error = std::current_exception(); }

  completion_handler completed;
  std::exception_ptr error;
};

inline void task::start(completion_handler completed)
{
  coroutine_.promise().completed = std::move(completed);
  coroutine_.resume();
}

/// A point at which one coroutine waits for resume().
class resume_point {
public:
  resume_point() = default;
  // GCC 12 copies an awaited object that has no name of its own, such as *pointer or array[0].
  resume_point(const resume_point&) = delete;
  resume_point& operator=(const resume_point&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  void await_resume() const noexcept {}

  /// Whether a coroutine waits here.
  explicit operator bool() const { return static_cast<bool>(waiter_); }

  /// Resumes the coroutine, which must wait here. Within this call the coroutine may destroy its
  /// objects, including this one.
  void resume() { std::exchange(waiter_, {}).resume(); }

private:
  std::coroutine_handle<> waiter_;
};

} // namespace tally
