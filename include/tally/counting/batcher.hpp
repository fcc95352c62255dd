#pragma once

#include <tally/counting/batch_writer.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tally {

/// Counts the visits of a worker in batches, to any number of counters, each visit once or not at
/// all. A few batches are in flight at the same time, each by a writer of its own; after a lost
/// connection each of them is sent again until its outcome is known.
///
/// The visits of a turn leave together at its end, unless four batches are in flight: then they
/// wait for the first reply, and leave with those that have come meanwhile.
class batcher final : event_loop::deferred {
public:
  /// Borrows everything.
  batcher(event_loop& loop, redis_connection& connection, high_water_marks& marks,
          batch_statistics& statistics);

  /// Takes a visit in. It is settled at the end of a turn, or by the caller at its deadline.
  void add(pending_total& visit);

  /// The state of the connection has changed, or a batch that had to wait can begin.
  void wake() { loop_.defer(*this); }

  /// The commands that set up the next connection: they load the script, give each writer that may
  /// take one a new name and a record, and so show that this Redis is no replica and has no full
  /// disk.
  std::vector<redis_command> setup_commands();

  /// The script for no visits: whether this counter could be counted.
  redis_command probe_command(std::string_view key) const;

private:
  static constexpr std::size_t max_in_flight = 4;

  void on_turn_end() override;
  void send_new();
  batch_writer* next_writer();

  event_loop& loop_;
  batch_writer::shared shared_;
  std::array<batch_writer, max_in_flight> writers_;
  boost::container::static_vector<batch_writer*, max_in_flight> busy_; // oldest first
};

} // namespace tally
