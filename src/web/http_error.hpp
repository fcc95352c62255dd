#pragma once

#include <tally/base/error.hpp>

#include <boost/beast/http/status.hpp>

#include <chrono>
#include <string_view>

namespace tally {

/// An error before it has a format.
struct http_error {
  boost::beast::http::status status;
  /// One line, which says whether a visit was counted.
  std::string_view detail;
  /// The visit may have been counted.
  bool outcome_unknown = false;
  /// See response.
  std::chrono::seconds retry_after{0};
};

/// The error of a request that has no total, because of `error`. `visit`: it was to be counted.
http_error to_http_error(error_code error, bool visit);

} // namespace tally
