#pragma once

#include <tally/awaitable.hpp>
#include <tally/high_water_mark.hpp>
#include <tally/poller.hpp>
#include <tally/redis_command.hpp>
#include <tally/redis_connection.hpp>
#include <tally/redis_reply.hpp>
#include <tally/visit.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// How long Redis keeps the record of a writer's last batch. A batch older than half of it is never
/// sent again: its record might be gone, and with it the proof that it was not counted. A day,
/// since a copy may be late because a machine was suspended, and a record costs some 120 bytes.
inline constexpr std::chrono::milliseconds record_life = std::chrono::hours{24};

/// What a worker's lanes have done. Written on the worker's thread alone.
struct lane_statistics {
  std::uint64_t visits = 0;    // that were given a number
  std::uint64_t batches = 0;   // that were resolved with a total
  std::uint64_t largest = 0;   // visits in a batch
  std::uint64_t resends = 0;   // of a batch whose reply was lost
  std::uint64_t by_record = 0; // batches that turned out to be counted already
  std::uint64_t unknown = 0;   // visits that were answered 504
  /// The last error that every visit would meet; empty once a visit or a probe has succeeded since.
  std::string lasting_error{};
};

/// The identity under which a worker counts: the random part of its record's key, and the sequence
/// number of its last batch. All lanes of a worker share it, so that no record sees a number twice.
struct writer {
  std::string id;
  std::uint64_t sequence = 0;
  /// The last batch that is known to be in the record; 0 is what the set-up of a connection writes.
  std::uint64_t recorded = 0;
};

/// One counter in one worker. Visits that arrive while a batch is in flight wait, and go together
/// as the next one, which waits for more of them while a crowd comes in; an idle lane sends
/// immediately. At most one batch is in flight, so its sequence number is enough to count it once:
/// after a lost connection the same batch is sent again, and the script returns its outcome.
class lane final : poller::deferred, reply_waiter {
public:
  /// Borrows everything; `key` is the counter's.
  lane(poller& with, redis_connection& connection, writer& from, lane_statistics& statistics,
       high_water_mark& mark, std::string key);

  /// Takes a visit in. It is settled by this lane, or by who finds its deadline passed; not within
  /// this call.
  void join(visit& who);

  /// The condition of the connection has changed.
  void wake() { poller_.defer(*this); }

  /// A batch was sent whose outcome is not known, and no later batch was counted since: a copy of
  /// it may still reach Redis.
  bool unsettled() const { return batch_.sent || batch_.in_doubt || abandoned_; }

private:
  // The visits that go together, and what is known of them.
  struct batch {
    std::uint64_t sequence = 0;
    std::int64_t size = 0;
    clock::time_point made{};
    std::string record{};
    std::optional<high_water_mark::snapshot> mark{}; // until the batch has ended
    bool sent = false;                               // a reply is awaited
    bool under_way = false;                          // a copy is with Redis, or may be
    bool in_doubt = false;                           // a copy was lost: it was carried out or not
  };
  using visits = visit_list<&visit::by_lane>;

  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  void on_reply(redis_reply reply) override;
  void on_turn_end() override;
  bool gathers();
  bool make_batch();
  void end_batch();
  void send();
  bool hopeless() const;
  std::optional<errc> judge(const redis_reply& reply);
  std::optional<errc> judge_error(std::string_view error);
  bool gone() const;
  void settle_all(visits& whom, errc why);
  void count(std::int64_t total, std::int64_t epoch);
  void hand_out();

  poller& poller_;
  redis_connection& connection_;
  writer& writer_;
  lane_statistics& statistics_;
  high_water_mark& mark_;
  std::string key_;
  visits waiting_;
  std::size_t came_ = 0; // since the last batch was made
  std::size_t seen_ = 0; // of those, a turn ago
  clock::time_point last_came_{};
  std::size_t crowd_ = 0; // as many come before there is a lull
  visits sent_;           // the batch's, as long as it has no outcome
  batch batch_;
  bool abandoned_ = false;         // a batch in doubt; no later one was counted since
  std::size_t largest_ = no_limit; // visits in a batch; fewer near the largest number
  redis_command command_;
  std::optional<redis_reply> reply_;
  visits counted_;
  std::int64_t before_ = 0; // the total before those
};

} // namespace tally
