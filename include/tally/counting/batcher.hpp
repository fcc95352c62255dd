#pragma once

#include <tally/counting/batch_writer.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/settings.hpp>

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tally {

/// Counts the visits of a worker in batches, to any number of counters, each visit once or not at
/// all. Up to four batches are in flight at the same time, each from a writer of its own. After a
/// lost connection each of them is sent again until its outcome is known.
///
/// The visits of a turn are sent together at its end. If four batches are in flight, visits wait
/// for the first reply, and later ones join them.
class batcher final : event_loop::deferred {
public:
  /// Borrows all objects. The batcher must outlive the connection's last reply.
  batcher(event_loop& loop, redis_connection& connection, high_water_marks& marks,
          batch_statistics& statistics, const redis_settings& settings);

  /// Adds a visit. The batcher settles it at the end of a turn, or the caller at its deadline.
  void add(pending_total& visit);

  /// Makes the batcher look for work at the end of this turn. To be called when the state of the
  /// connection has changed, or the marks let a new batch begin.
  void wake() { loop_.defer(*this); }

  /// Returns the commands that set up the next connection. They load the script, and write the
  /// record of a new id for each writer that can take one; or probe, if none can. They fail if this
  /// Redis is a replica or cannot write, for example because its disk is full, or if too few
  /// replicas confirm what they write.
  std::vector<redis_command> setup_commands();

  /// Returns the command that shows whether the counter with this key could be counted.
  redis_command probe_command(std::string_view key) const;

private:
  static constexpr std::size_t max_in_flight = 4; // batches

  void on_turn_end() override;
  void send_new();
  batch_writer* next_idle_writer();

  event_loop& loop_;
  batch_writer::shared shared_;
  std::array<batch_writer, max_in_flight> writers_;
  boost::container::static_vector<batch_writer*, max_in_flight> busy_; // oldest batch first
};

} // namespace tally
