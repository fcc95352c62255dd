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

/// Reads totals. The requests that arrive while Redis answers others go together in the next round,
/// with one command for each counter.
class total_reader final : event_loop::deferred, reply_waiter {
public:
  /// Borrows everything.
  total_reader(event_loop& loop, redis_connection& connection)
      : loop_{loop}, connection_{connection}
  {
  }

  /// Takes a request in. It is settled at the end of a turn.
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
  std::vector<std::string> keys_;      // of the round
  std::vector<redis_reply> replies_{}; // so far, in the same order
  redis_command command_;
};

} // namespace tally
