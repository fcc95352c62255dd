#pragma once

#include <tally/net/event_loop.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/reply.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tally {

/// Reads totals in rounds, with one command for each counter. Requests that arrive during a round
/// wait for the next one.
class total_reader final : event_loop::deferred, reply_waiter {
public:
  /// Borrows everything. The reader must outlive the connection's last reply.
  total_reader(event_loop& loop, redis_connection& connection)
      : loop_{loop}, connection_{connection}
  {
  }

  /// Adds a request, which is settled at the end of a turn, at the latest when the connection has
  /// closed. Fails with errc::unavailable if Redis cannot be asked, with errc::outcome_unknown if
  /// no reply came, and otherwise as the reply says.
  void add(pending_total& request);

private:
  void on_turn_end() override;
  void on_reply(redis_reply reply) override;
  void send_round();
  void settle_round();
  result<std::int64_t> parse(const redis_reply& reply);

  event_loop& loop_;
  redis_connection& connection_;
  pending_totals waiting_;
  pending_totals round_;
  std::vector<std::string> keys_;      // of this round
  std::vector<redis_reply> replies_{}; // so far, in the order of keys_
  redis_command command_;
};

} // namespace tally
