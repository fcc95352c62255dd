#pragma once

#include <tally/counting/name.hpp>
#include <tally/net/pending_total.hpp>

#include <string>
#include <string_view>

namespace tally {

/// Counts visits and reads totals, behind an interface that knows nothing of Redis. An instance
/// serves one worker, and is called on that worker's thread only.
class counter {
public:
  virtual ~counter() = default;

  /// Counts one visit on the counter `name`, which exists from then on, and settles `visit` with
  /// the new total, which no other visit gets. It is settled in any case, within the configured
  /// deadline and perhaps within this call. If `visit` has a key, it is counted once however often
  /// the key is repeated, and each repetition gets the same total. After errc::outcome_unknown or
  /// errc::bad_reply the visit may have been counted; after any other error it was not. `visit` may
  /// be destroyed earlier. `name` must live as long as `visit`.
  virtual void count(std::string_view name, pending_total& visit) = 0;

  /// Settles `request` with the total of the counter, or errc::no_counter. Counts nothing.
  virtual void total(std::string_view name, pending_total& request) = 0;

  /// The error that a visit would get now, as one line of plain ASCII; empty if there is none.
  virtual std::string error() = 0;

protected:
  counter() = default;
  counter(const counter&) = default;
  counter& operator=(const counter&) = default;
};

} // namespace tally
