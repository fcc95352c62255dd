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

/// The visits of one batch, and a part for each of their counters.
class batch_visits {
public:
  /// Takes visits out of `waiting`, oldest first, until the batch is full. A visit that leaves
  /// before it has an outcome stays in its part.
  void take(pending_totals& waiting, const batch& batch);

  std::span<batch_part> parts() { return parts_; }

  /// Visits that were taken.
  std::int64_t size() const { return size_; }

  /// Visits that have no outcome yet.
  std::size_t pending() const { return visits_.size(); }

  /// Gives each visit the number, or the error, that its part has; returns how many have a number.
  /// Visits that may be counted one by one go back to `waiting`, each to be alone in its part.
  std::int64_t settle(pending_totals& waiting);

  void fail(errc error) { fail_all(visits_, error); }

  /// Certainly not counted: they wait again, so that one that times out first is not counted later.
  void put_back(pending_totals& waiting) { put_back(visits_, waiting); }

private:
  static void put_back(pending_totals& visits, pending_totals& waiting);
  std::optional<std::size_t> part_for(const pending_total& visit);

  pending_totals visits_;
  std::vector<batch_part> parts_;
  std::int64_t size_ = 0;
  boost::unordered_flat_map<std::string_view, std::size_t> index_; // by name, while they are taken
};

/// Too few numbers are left for all visits of this part, and perhaps enough for some.
bool overflows(const batch_part& part);

} // namespace tally
