#pragma once

#include <tally/base/clock.hpp>
#include <tally/base/error.hpp>
#include <tally/net/task.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tally {

class batch;

/// A total that a request waits for: that of its own visit, or one that counts nothing. It lives
/// with the request, allocates nothing, and leaves the lists it is in when it is destroyed.
class pending_total {
public:
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  pending_total() = default;
  ~pending_total() { leave(); }
  pending_total(const pending_total&) = delete;
  pending_total& operator=(const pending_total&) = delete;

  /// Waits as one of `size`, which is kept up to date until it is settled or destroyed.
  void enter(std::size_t& size)
  {
    size_ = &size;
    ++size;
  }

  /// It has its outcome. The coroutine that awaits it goes on within this call.
  void settle(result<std::int64_t> outcome)
  {
    leave();
    outcome_ = outcome;
    if (waits_)
      waits_.resume();
  }

  bool await_ready() const { return outcome_.has_value(); }
  void await_suspend(std::coroutine_handle<> waits) { waits_.await_suspend(waits); }
  result<std::int64_t> await_resume() const { return *outcome_; }

  /// The counter's name, empty for the default one. The request keeps it.
  std::string_view counter;
  /// By then it has an outcome.
  clock::time_point deadline;
  /// The batch it is part of, its counter's index in there, and its place among the visits of that
  /// counter; no batch while it waits for one.
  const batch* in_batch = nullptr;
  std::size_t index = 0;
  std::int64_t place = 0;
  /// No other visit of its counter may be in its batch: too few numbers are left.
  bool alone = false;
  hook batch_hook;
  hook deadline_hook;

private:
  void leave()
  {
    batch_hook.unlink();
    deadline_hook.unlink();
    if (std::size_t* const size = std::exchange(size_, nullptr))
      --*size;
  }

  std::optional<result<std::int64_t>> outcome_;
  std::size_t* size_ = nullptr;
  wait_point waits_;
};

template <pending_total::hook pending_total::*member>
using pending_total_list = boost::intrusive::list<
    pending_total, boost::intrusive::member_hook<pending_total, pending_total::hook, member>,
    boost::intrusive::constant_time_size<false>>;

/// Visits, or requests for totals, in the order in which they came.
using pending_totals = pending_total_list<&pending_total::batch_hook>;

/// Gives all of them the same error. Those that come back meanwhile are not among them.
void fail_all(pending_totals& totals, errc error);

} // namespace tally
