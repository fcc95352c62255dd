#pragma once

#include <tally/base/error.hpp>
#include <tally/http/request.hpp>
#include <tally/http/response.hpp>
#include <tally/net/pending_total.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

struct resource;

/// One request, and its response when there is one.
struct exchange {
  tally::request request;
  std::optional<tally::response> response;
  /// The total that the response needs, if there is no response yet.
  std::optional<pending_total> total;
  /// The request is a visit, to be counted.
  bool visit = false;
  /// The handler sets these: the resource of the target, its index in the statistics (0 without a
  /// resource, or for a refused request), and the name of the counter in the target.
  const tally::resource* resource = nullptr;
  std::size_t route = 0;
  std::string counter;
  /// The idempotency key of a visit; empty if it has none.
  std::string key;
  /// Why the total is missing.
  error_code error;
};

/// The interface between the HTTP server and the application.
class request_handler {
public:
  virtual ~request_handler() = default;

  /// Sets the response, unless the response needs a total.
  virtual void handle(exchange& exchange) = 0;

  /// Sets the response to a request that is not valid: an error with the line `detail`. Of the
  /// request, only what arrived before the error is known.
  virtual void refuse(exchange& exchange, boost::beast::http::status status,
                      std::string_view detail) = 0;

  /// Requests the total, which is settled within this call or later.
  virtual void ask_for_total(exchange& exchange) = 0;

  /// Sets the response: the total, or an error.
  virtual void complete(exchange& exchange, const result<std::int64_t>& total) = 0;

  /// The server is about to stop: from now on the health endpoint for readiness fails.
  virtual void drain() = 0;

protected:
  request_handler() = default;
  request_handler(const request_handler&) = default;
  request_handler& operator=(const request_handler&) = default;
};

} // namespace tally
