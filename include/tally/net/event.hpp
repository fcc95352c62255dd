#pragma once

#include <tally/net/awaitable.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace tally {

/// Something that happens once, for one coroutine that waits. It has no deadline of its own: who
/// sets it promises to. It allocates nothing, so it can live in the waiting coroutine's frame.
class event {
public:
  /// Ends when set() was called, which may have been before.
  awaitable<void> wait()
  {
    if (set_)
      co_return;
    co_await asio::async_initiate<const asio::use_awaitable_t<executor>, void()>(
        [this](handler resume) { resume_.emplace(std::move(resume)); }, use_awaitable);
  }

  /// Resumes the waiting coroutine from the loop, never from within this call: the caller may
  /// stand in a callback of a library that does not expect to be re-entered.
  void set()
  {
    set_ = true;
    if (resume_)
      asio::post(std::move(*std::exchange(resume_, std::nullopt)));
  }

private:
  using handler = asio::async_result<asio::use_awaitable_t<executor>, void()>::handler_type;

  std::optional<handler> resume_;
  bool set_ = false;
};

} // namespace tally
