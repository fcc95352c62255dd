#pragma once

#include "web/representation.hpp"

#include <tally/http/request.hpp>

#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tally {

/// The methods that a resource allows: GET, HEAD and OPTIONS in any case, POST if `post` is set.
/// `allow` is the value of the Allow field.
struct methods {
  std::string_view allow;
  bool post;
};
inline constexpr methods read_methods{"GET, HEAD, OPTIONS", false};
inline constexpr methods count_methods{"GET, HEAD, OPTIONS, POST", true};

/// What a GET does.
enum class action {
  index,
  count,
  count_unless_query,
  total,
  existing_total,
  asset,
  livez,
  readyz,
  metrics,
};

/// What follows the path of a resource in a target.
enum class name_rule {
  none,
  /// The name of a counter, or nothing for the default counter.
  optional,
  /// A name of two segments.
  two_segments,
};

/// A row of the table of resources.
struct resource {
  std::string_view path;
  name_rule name;
  /// The end of the target's path, after the name.
  std::string_view suffix;
  tally::methods methods;
  tally::action action;
  /// The format of its responses and errors. All but negotiated_format ignore Accept.
  const representation& (*format)(const request& request) = negotiated_format;
  /// Pages of other origins may read the response.
  bool cross_origin = false;

  bool allows(boost::beast::http::verb method) const;
  /// Its index in the statistics of HTTP, from 1.
  std::size_t route() const;
};

/// Finds the resource with this path, and sets `counter` to the name in the path. Null if there is
/// none; `counter` is unspecified then.
const resource* find_resource(std::string_view path, std::string& counter);

} // namespace tally
