#pragma once

#include <tally/awaitable.hpp>
#include <tally/error.hpp>
#include <tally/event.hpp>

#include <boost/intrusive/list.hpp>

#include <cstdint>

namespace tally {

/// A visit that is being counted. It lives in the frame of the coroutine that waits for its number,
/// and leaves the lists it is in by itself.
class visit {
public:
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  explicit visit(clock::time_point until) : deadline{until} {}
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  /// It has its outcome: nobody else can settle it, and its coroutine goes on.
  void settle(result<std::int64_t> how)
  {
    by_lane.unlink();
    by_age.unlink();
    outcome_ = how;
    settled_.set();
  }

  awaitable<result<std::int64_t>> outcome()
  {
    co_await settled_.wait();
    co_return outcome_;
  }

  /// Until then it has an outcome.
  clock::time_point deadline;
  /// Its place in its batch, and whether that batch is under way; null while it waits.
  std::int64_t place = 0;
  const bool* under_way = nullptr;
  hook by_lane;
  hook by_age;

private:
  result<std::int64_t> outcome_ = errc::unavailable;
  event settled_;
};

template <visit::hook visit::*member>
using visit_list =
    boost::intrusive::list<visit, boost::intrusive::member_hook<visit, visit::hook, member>,
                           boost::intrusive::constant_time_size<false>>;

} // namespace tally
