#pragma once

#include <tally/base/error.hpp>
#include <tally/http/request.hpp>
#include <tally/http/response.hpp>
#include <tally/net/pending_total.hpp>

#include <cstdint>
#include <optional>

namespace tally {

/// One request on its way through the server, and its response when there is one.
struct exchange {
  tally::request request;
  std::optional<tally::response> response;
  /// Awaited where there is no response yet.
  std::optional<pending_total> total;
  /// The request counts, if it succeeds.
  bool visit = false;
  /// Why there is no total.
  error_code error;
};

/// What the HTTP server knows of the application.
class request_handler {
public:
  virtual ~request_handler() = default;

  /// Responds immediately, unless the response needs a total.
  virtual void handle(exchange& exchange) = 0;

  /// Asks for the total, which is settled later or within this call.
  virtual void ask_for_total(exchange& exchange) = 0;

  /// Responds with the total that was asked for, or with what its error means.
  virtual void complete(exchange& exchange, const result<std::int64_t>& total) = 0;

  /// The server is about to stop: from now on the readiness probe says no.
  virtual void drain() = 0;

protected:
  request_handler() = default;
  request_handler(const request_handler&) = default;
  request_handler& operator=(const request_handler&) = default;
};

} // namespace tally
