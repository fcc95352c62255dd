#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tally {

/// A number that any thread may read without a lock. Only one thread at a time changes it: its
/// owner, or the holder of a mutex. A change costs no more than that of a plain integer.
class statistic {
public:
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::uint64_t number) { set(value() + number); }
  void operator++() { add(1); }
  void operator--() { set(value() - 1); }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// How many observations fall between each bound and the one before it. An observation that equals
/// a bound counts there.
struct distribution {
  /// Ascending.
  std::span<const std::uint64_t> bounds;
  /// One for each bound, and one more for larger observations.
  std::vector<std::uint64_t> counts;
  /// Of all observations.
  std::uint64_t sum = 0;

  std::uint64_t count() const;

  /// Adds or subtracts the observations of a distribution with the same bounds.
  distribution& operator+=(const distribution& other);
  distribution& operator-=(const distribution& other);

  /// The lowest bound B such that at least this share (0 to 1) of the observations is at most B;
  /// the highest bound if there is none. 0 without observations.
  std::uint64_t quantile(double share) const;
};

/// Counts observations. One thread observes and any thread reads.
template <const auto& upper_bounds>
class histogram {
public:
  void observe(std::uint64_t value)
  {
    const auto found = std::ranges::lower_bound(upper_bounds, value);
    ++counts_[static_cast<std::size_t>(found - upper_bounds.begin())];
    sum_.add(value);
  }

  /// Observes its nanoseconds. It must not be negative.
  void observe(std::chrono::nanoseconds duration)
  {
    observe(static_cast<std::uint64_t>(duration.count()));
  }

  distribution read() const
  {
    distribution result{upper_bounds, {}, sum_.value()};
    for (const statistic& each : counts_)
      result.counts.push_back(each.value());
    return result;
  }

private:
  std::array<statistic, upper_bounds.size() + 1> counts_;
  statistic sum_;
};

/// From 0.1 ms to 10 s, in nanoseconds.
inline constexpr std::array<std::uint64_t, 16> duration_bounds{
    100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
    10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

using duration_histogram = histogram<duration_bounds>;

} // namespace tally
