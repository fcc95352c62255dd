#pragma once

#include <tally/awaitable.hpp>
#include <tally/error.hpp>
#include <tally/task.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace tally {

/// A number that somebody waits for: that of a visit which is being counted, or a total. It lives
/// in the frame of the coroutine that awaits it, allocates nothing, and leaves the lists it is in
/// by itself.
class visit {
public:
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  visit() = default;
  ~visit() { leave(); }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  /// It is one of `crowd`, whose size is kept, until it is settled or gone.
  void enter(std::size_t& crowd)
  {
    crowd_ = &crowd;
    ++crowd;
  }

  /// It has its outcome: nobody else can settle it, and its coroutine goes on, within this call.
  /// The visit may be gone when this returns.
  void settle(result<std::int64_t> how)
  {
    leave();
    outcome_ = how;
    if (waits_)
      waits_.resume();
  }

  bool await_ready() const { return outcome_.has_value(); }
  void await_suspend(std::coroutine_handle<> waits) { waits_.await_suspend(waits); }
  result<std::int64_t> await_resume() const { return *outcome_; }

  /// Until then it has an outcome.
  clock::time_point deadline;
  /// Its place in its batch, and whether that batch is under way; null while it waits.
  std::int64_t place = 0;
  const bool* under_way = nullptr;
  hook by_lane;
  hook by_age;

private:
  void leave()
  {
    by_lane.unlink();
    by_age.unlink();
    if (std::size_t* const crowd = std::exchange(crowd_, nullptr))
      --*crowd;
  }

  std::optional<result<std::int64_t>> outcome_;
  std::size_t* crowd_ = nullptr;
  wait_point waits_;
};

template <visit::hook visit::*member>
using visit_list =
    boost::intrusive::list<visit, boost::intrusive::member_hook<visit, visit::hook, member>,
                           boost::intrusive::constant_time_size<false>>;

} // namespace tally
