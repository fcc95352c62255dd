#pragma once

#include <tally/base/error.hpp>
#include <tally/counting/counter.hpp>
#include <tally/http/request_handler.hpp>

#include <cstdint>
#include <string_view>

namespace tally {

/// Turns requests into responses. It knows the resources, the methods that they allow, and which
/// requests are visits. It knows nothing of connections or of Redis.
class router final : public request_handler {
public:
  /// Borrows the counter.
  explicit router(counter& counter) : counter_{counter} {}

  void handle(exchange& exchange) override;
  void refuse(exchange& exchange, boost::beast::http::status status,
              std::string_view detail) override;
  void ask_for_total(exchange& exchange) override;
  void complete(exchange& exchange, const result<std::int64_t>& total) override;
  void drain() override { draining_ = true; }

private:
  /// Sets the response to a GET, HEAD or POST, or leaves it empty to ask for the total.
  void act(exchange& exchange);
  response readiness();

  counter& counter_;
  bool draining_ = false;
};

} // namespace tally
