#pragma once

#include <tally/base/clock.hpp>
#include <tally/base/statistics.hpp>
#include <tally/http/request_handler.hpp>

#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace tally {

/// What a worker's HTTP server has done since its start. Its size does not depend on what clients
/// send.
struct http_statistics {
  /// Indices of `visits`: a visit was counted (200), was not counted (any other status), was
  /// perhaps counted (504), or cannot be counted (500).
  enum outcome : std::size_t { counted, refused, unknown, broken, outcome_count };

  static constexpr std::size_t max_routes = 16;
  /// Any other method counts as the last one.
  static constexpr std::array<std::string_view, 5> methods{"GET", "HEAD", "POST", "OPTIONS",
                                                           "other"};
  /// Any other status counts as the last one, which has the label "other".
  static constexpr std::array<unsigned, 18> statuses{200, 404, 503, 204, 304, 403, 405, 400, 408,
                                                     422, 504, 500, 413, 414, 431, 505, 501, 0};

  /// Counts a response.
  void count(const exchange& exchange);

  /// Observes how long the request took, from its first byte until its response was written.
  void observe(std::size_t route, bool visit, clock::duration duration);

  statistic connections; // that are open
  statistic accepted;    // connections
  std::array<statistic, outcome_count> visits;
  duration_histogram visit_durations;
  /// By route, method and status.
  std::array<std::array<std::array<statistic, statuses.size()>, methods.size()>, max_routes>
      responses;
  std::array<duration_histogram, max_routes> durations; // by route
};

} // namespace tally
