#pragma once

#include <tally/counter.hpp>
#include <tally/log.hpp>
#include <tally/redis_connection.hpp>

namespace tally {

/// Counts in Redis: the default counter is the key `visits`, another one `visits:{name}`.
class redis_counter final : public counter {
public:
  /// Borrows the connection.
  redis_counter(redis_connection& connection, log& to);

  awaitable<result<std::int64_t>> count(std::string_view name) override;
  awaitable<result<std::int64_t>> total(std::string_view name) override;
  std::string trouble() const override;

private:
  error_code failure(std::string_view what, const redis_reply& reply);

  redis_connection& connection_;
  log& log_;
};

} // namespace tally
