#pragma once

#include <tally/net/pending_total.hpp>

#include <string>
#include <string_view>

namespace tally {

/// What HTTP knows of counting: a visit is counted, or a total is told. An implementation serves
/// one worker and is called on that worker's thread alone.
class counter {
public:
  virtual ~counter() = default;

  /// Counts one visit on the counter `name` (empty: the default one) and settles `who` with its new
  /// total, a number nobody else is given: always, within the deadline that was configured, and
  /// perhaps within this call. On failure errc says whether the visit may have been counted: only
  /// errc::unknown and errc::bad_reply leave that open. `who` may go away before.
  virtual void count(std::string_view name, pending_total& visit) = 0;

  /// Settles `who` with the total and counts nothing; 0 for a counter that nobody visited.
  virtual void total(std::string_view name, pending_total& visit) = 0;

  /// Why a visit could not be counted now; empty when it could.
  virtual std::string trouble() = 0;

protected:
  counter() = default;
  counter(const counter&) = default;
  counter& operator=(const counter&) = default;
};

} // namespace tally
