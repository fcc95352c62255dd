#pragma once

#include "clock.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace open_loop {

/// Counts requests, responses and errors, and keeps the latency of each request that was due
/// within the measurement.
class statistics {
public:
  explicit statistics(std::size_t expected_requests) { latencies_.reserve(expected_requests); }

  void set_measurement(nanoseconds begin, nanoseconds end)
  {
    begin_ = begin;
    end_ = end;
  }

  void add_request(nanoseconds due) { requests_ += due >= begin_; }

  void add_response(nanoseconds due, bool ok)
  {
    const auto time = now();
    if (!ok) {
      ++status_errors_;
      return;
    }
    ++answered_ever_;
    answered_since_ += time >= begin_;
    answered_in_time_ += time >= begin_ && time < end_;
    if (due >= begin_)
      latencies_.push_back(time - due);
  }

  /// For a request without a response at the end: it has waited at least until `time`.
  void add_unanswered(nanoseconds due, nanoseconds time)
  {
    if (due < begin_)
      return;
    latencies_.push_back(time - due);
    ++unanswered_;
  }

  void add_connect_error() { ++connect_errors_; }
  void add_read_error() { ++read_errors_; }

  /// One line of JSON. `in_doubt`: requests that were sent and never answered.
  void print(std::size_t in_doubt)
  {
    std::sort(latencies_.begin(), latencies_.end());
    std::printf("{\"seconds\":%.6f,\"requests\":%zu,\"answered_in_time\":%zu,"
                "\"answered_since\":%zu,\"answered_ever\":%zu,\"in_doubt\":%zu,"
                "\"connect\":%zu,\"read\":%zu,\"status\":%zu,\"unanswered\":%zu,"
                "\"p50\":%.1f,\"p99\":%.1f,\"p99.9\":%.1f,\"max\":%.1f}\n",
                static_cast<double>(end_ - begin_) / second, requests_, answered_in_time_,
                answered_since_, answered_ever_, in_doubt, connect_errors_, read_errors_,
                status_errors_, unanswered_, percentile(0.5), percentile(0.99), percentile(0.999),
                percentile(1));
    std::fflush(stdout);
  }

private:
  // In microseconds; the latencies must be sorted.
  double percentile(double share) const
  {
    const auto rank = std::ceil(share * static_cast<double>(latencies_.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return latencies_.empty() ? 0 : static_cast<double>(latencies_[index]) / 1e3;
  }

  nanoseconds begin_ = 0, end_ = 0;
  std::vector<nanoseconds> latencies_;
  std::size_t requests_ = 0, answered_ever_ = 0, answered_since_ = 0, answered_in_time_ = 0;
  std::size_t connect_errors_ = 0, read_errors_ = 0, status_errors_ = 0, unanswered_ = 0;
};

} // namespace open_loop
