#pragma once

#include <tally/base/error.hpp>
#include <tally/counting/batch.hpp>
#include <tally/net/pending_total.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tally {

/// The visits of one batch, and a part for each of their counters. A visit that is settled or
/// destroyed early leaves the batch, but its part still counts it.
class batch_visits {
public:
  /// Replaces the parts, and moves visits out of `waiting`, oldest first, until the batch is full:
  /// 1024 visits, or 256 counters. Only if no visit is pending().
  void fill(pending_totals& waiting, const batch& batch);

  /// Valid until fill().
  std::span<batch_part> parts() { return parts_; }
  /// The visits with an idempotency key. Valid until fill().
  std::span<keyed_visit> keyed() { return keyed_; }

  /// The number of visits that fill() moved.
  std::int64_t size() const { return size_; }

  /// The number of visits that have no outcome yet; takes linear time.
  std::size_t pending() const { return visits_.size(); }

  /// Settles each visit with its number or its error; returns how many got a number that no visit
  /// had before. If a counter has too few numbers left for all visits of its part, they go back to
  /// `waiting` instead, each to be the only visit of a part later.
  std::int64_t settle(pending_totals& waiting);

  /// Settles all visits with this error.
  void fail(errc error) { fail_all(visits_, error); }

  /// Moves the visits back to the front of `waiting`. Only for a batch that was certainly not
  /// counted: a visit that times out from then on is not counted either.
  void requeue(pending_totals& waiting) { requeue(visits_, waiting); }

private:
  static void requeue(pending_totals& visits, pending_totals& waiting);
  std::int64_t add(const pending_total& visit, std::size_t part);
  std::optional<std::size_t> part_for(const pending_total& visit);

  pending_totals visits_;
  std::vector<batch_part> parts_;
  std::vector<keyed_visit> keyed_;
  std::int64_t size_ = 0;
  boost::unordered_flat_map<std::string_view, std::size_t> index_; // by name; during fill() only
};

/// Whether the counter has too few numbers left for all visits of this part, but perhaps enough for
/// some.
bool overflows(const batch_part& part);

/// Whether the part failed because the register is full.
bool exceeds_limit(const batch_part& part);

} // namespace tally
