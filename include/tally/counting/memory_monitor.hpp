#pragma once

#include <tally/base/clock.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/reply.hpp>

#include <string_view>

namespace tally {

/// Knows whether Redis has used more than 90 % of its `maxmemory`. It asks by INFO, when it is
/// asked itself, at most once a second. Without a permission for INFO, Redis never counts as almost
/// full.
class memory_monitor final : reply_waiter {
public:
  /// Borrows the connection. The monitor must outlive the connection's last reply.
  explicit memory_monitor(redis_connection& connection) : connection_{connection} {}

  /// Whether Redis was almost full at its last reply; false before the first one.
  bool almost_full();

private:
  void on_reply(redis_reply reply) override;

  redis_connection& connection_;
  const redis_command info_{"INFO", "memory"};
  clock::time_point next_question_{};
  bool awaits_reply_ = false;
  bool almost_full_ = false;
};

/// Whether this reply to INFO shows that more than 90 % of `maxmemory` is used, without the buffers
/// that Redis does not count either. False without a `maxmemory`.
bool shows_almost_full(std::string_view info);

} // namespace tally
