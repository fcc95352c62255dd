#pragma once

#include <tally/net/awaitable.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace tally {

/// An event that happens once, for one waiting coroutine. It has no deadline: the owner must make
/// sure that set() is called. It allocates nothing, so it can live in the waiting coroutine's
/// frame.
class event {
public:
  /// Returns after set(), immediately if set() was called before.
  awaitable<void> wait()
  {
    if (set_)
      co_return;
    co_await asio::async_initiate<const asio::use_awaitable_t<executor>, void()>(
        [this](handler waiter) { waiter_.emplace(std::move(waiter)); }, use_awaitable);
  }

  /// Resumes the waiting coroutine from the loop, not within this call: the caller may be a
  /// callback of a library that must not be re-entered.
  void set()
  {
    set_ = true;
    if (waiter_)
      asio::post(std::move(*std::exchange(waiter_, std::nullopt)));
  }

private:
  using handler = asio::async_result<asio::use_awaitable_t<executor>, void()>::handler_type;

  std::optional<handler> waiter_;
  bool set_ = false;
};

} // namespace tally
