#pragma once

#include <tally/base/clock.hpp>
#include <tally/counting/batch.hpp>
#include <tally/counting/batch_visits.hpp>
#include <tally/counting/high_water_marks.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/reply.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// What a worker's batcher has done. Only the worker's thread writes and reads it.
struct batch_statistics {
  std::uint64_t visits = 0;    // that were given a number
  std::uint64_t batches = 0;   // that were counted
  std::uint64_t largest = 0;   // visits in a batch
  std::uint64_t resends = 0;   // of a batch whose reply was lost
  std::uint64_t by_record = 0; // batches that an earlier copy had counted
  std::uint64_t unknown = 0;   // visits that were answered 504
  /// The last error that will meet each visit again; empty when a visit was counted since.
  std::string lasting_error{};
};

/// Counts one batch of visits after another, under a name of its own.
class batch_writer final : reply_waiter {
public:
  /// What the writers of a worker share.
  struct shared {
    redis_connection& connection;
    high_water_marks& marks;
    batch_statistics& statistics;
    /// A reply has come: advance() is to be called, outside of this call.
    std::function<void()> on_reply;
    /// Visits that are in no batch, oldest first.
    pending_totals waiting{};
    /// That of the last batch. No two batches have the same, whatever their writers.
    std::int64_t sequence = 0;
    redis_command command{};
  };

  explicit batch_writer(shared& worker);

  const batch& protocol() const { return protocol_; }
  bool idle() const { return protocol_.state() == batch_state::idle; }
  bool in_doubt() const { return protocol_.state() == batch_state::in_doubt; }

  /// Takes another name, whose record the returned command writes. Nothing while a copy of a batch
  /// may still reach Redis.
  std::optional<redis_command> rename();

  /// Makes a batch of visits that wait. Makes none if a rollback makes new batches wait: the marks
  /// say when it is over. Only if it is idle.
  bool make_batch();

  /// Sends the batch, for the first time or again. When this is false nothing was sent.
  bool send();

  /// Does what the reply calls for, if one has come, and gives the batch up if it is not to be sent
  /// again.
  void advance();

  /// Its visits wait for another batch. Only before it was sent.
  void cancel() { apply(batch_event::given_up); }

private:
  void on_reply(redis_reply reply) override;
  bool must_give_up() const;
  batch_event handle_reply(const redis_reply& reply);
  batch_event handle_error(std::string_view error);
  void apply(batch_event event);
  void hand_out();
  void report_lasting(std::string_view error);

  shared& shared_;
  batch protocol_;
  std::string record_; // its key
  batch_visits visits_;
  clock::time_point made_;
  std::optional<high_water_marks::ticket> ticket_; // until the batch has ended
  std::optional<redis_reply> reply_;
};

/// The command that shows whether `counter` could be counted: batch 0 of the record, of no visits.
redis_command probe(std::string_view counter, std::string_view record,
                    std::chrono::milliseconds ttl);

} // namespace tally
