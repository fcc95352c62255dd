#pragma once

#include "web/http_error.hpp"

#include <tally/http/request_handler.hpp>
#include <tally/http/response.hpp>

#include <cstdint>
#include <optional>

namespace tally {

/// A format of responses. Instances have no state.
class representation {
public:
  virtual ~representation() = default;

  /// The response that shows the total of the exchange's counter.
  virtual response total(const exchange& exchange, std::int64_t total) const = 0;

  /// The response that reports an error.
  virtual response error(const http_error& error) const = 0;

protected:
  representation() = default;
  representation(const representation&) = default;
  representation& operator=(const representation&) = default;
};

/// The format that the request prefers: text, JSON or HTML.
const representation& negotiated_format(const request& request);

/// Whether the request prefers HTML.
bool prefers_page(const request& request);

/// The formats of resources that ignore Accept.
const representation& value_format(const request& request); // {"value":42}
const representation& svg_badge_format(const request& request);
const representation& json_badge_format(const request& request);

/// The page for browsers, with the total of the default counter if that is known.
response index_response(std::optional<std::int64_t> total);

} // namespace tally
