#pragma once

#include <tally/base/error.hpp>
#include <tally/counting/counter.hpp>
#include <tally/http/request_handler.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally {

/// Turns requests into responses. It knows the resources, the methods that they allow, and which
/// requests are visits. It knows nothing of connections or of Redis.
class router final : public request_handler {
public:
  /// Borrows the counter. `metrics` returns the body of `/metrics`.
  explicit router(
      counter& counter, std::function<std::string()> metrics = [] { return std::string{}; })
      : counter_{counter}, metrics_{std::move(metrics)}
  {
  }

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
  std::function<std::string()> metrics_;
  bool draining_ = false;
};

/// The label of each route in the metrics, by its index in http_statistics: the path of the
/// resource without a counter's name. The first one is that of all targets without a resource.
std::vector<std::string> route_labels();

} // namespace tally
