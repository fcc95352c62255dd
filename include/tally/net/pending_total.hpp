#pragma once

#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/base/statistics.hpp>
#include <tally/net/task.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tally {

class batch;

/// A total that a request waits for: after its own visit, or without counting one. It lives with
/// the request, allocates nothing, and leaves its lists when it is destroyed.
class pending_total {
public:
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  pending_total() = default;
  ~pending_total() { leave(); }
  pending_total(const pending_total&) = delete;
  pending_total& operator=(const pending_total&) = delete;

  /// Increments `size`, and decrements it again when this is settled or destroyed.
  void enter(statistic& size)
  {
    size_ = &size;
    ++size;
  }

  /// Sets the outcome and, within this call, resumes the coroutine that awaits it. That coroutine
  /// may destroy this object.
  void settle(result<std::int64_t> outcome)
  {
    leave();
    outcome_ = outcome;
    if (waiter_)
      waiter_.resume();
  }

  bool await_ready() const { return outcome_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) { waiter_.await_suspend(waiter); }
  result<std::int64_t> await_resume() const { return *outcome_; }

  /// The counter's name. The request owns the text.
  std::string_view counter;
  /// The idempotency key of a visit; empty if it has none. The request owns the text.
  std::string_view key;
  /// It has an outcome by this time.
  clock::time_point deadline;
  /// Its batch, null while it waits for one; the index of its part in that batch; its own index
  /// among the visits of that part, or with a key among those of the batch that have one.
  const batch* current_batch = nullptr;
  std::size_t index = 0;
  std::int64_t index_in_part = 0;
  /// No other visit of its counter may be in its batch: the counter is close to its maximum.
  bool exclusive = false;
  hook batch_hook;
  hook deadline_hook;

private:
  void leave()
  {
    batch_hook.unlink();
    deadline_hook.unlink();
    if (statistic* const size = std::exchange(size_, nullptr))
      --*size;
  }

  std::optional<result<std::int64_t>> outcome_;
  statistic* size_ = nullptr;
  resume_point waiter_;
};

template <pending_total::hook pending_total::*member>
using pending_total_list = boost::intrusive::list<
    pending_total, boost::intrusive::member_hook<pending_total, pending_total::hook, member>,
    boost::intrusive::constant_time_size<false>>;

/// Visits, or requests for totals, in the order of their arrival.
using pending_totals = pending_total_list<&pending_total::batch_hook>;

/// Settles all with this error, except for those that enter `totals` during the call.
void fail_all(pending_totals& totals, errc error);

} // namespace tally
