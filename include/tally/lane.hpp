#pragma once

#include <tally/awaitable.hpp>
#include <tally/poller.hpp>
#include <tally/redis_command.hpp>
#include <tally/redis_connection.hpp>
#include <tally/redis_reply.hpp>
#include <tally/visit.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// What a worker's lanes have done. Written on the worker's thread alone.
struct lane_statistics {
  std::uint64_t visits = 0;    // that were given a number
  std::uint64_t batches = 0;   // that were resolved with a total
  std::uint64_t largest = 0;   // visits in a batch
  std::uint64_t resends = 0;   // of a batch whose reply was lost
  std::uint64_t by_record = 0; // batches that turned out to be counted already
  std::uint64_t unknown = 0;   // visits that were answered 504
};

/// Who counts: the random number that tells a worker's records from all others', and the sequence
/// of its batches. One for all lanes of a worker, so that a number is never used twice for a
/// record.
struct writer {
  std::string id;
  std::uint64_t sequence = 0;
};

/// One counter in one worker. Visits that arrive while a batch is under way wait, and go together
/// as the next one, which waits for more of them while a crowd comes in; an idle lane sends at
/// once. At most one batch is under way, so its sequence number is enough to count it once: after a
/// lost connection the very same batch is sent again, and the script answers what came of it.
class lane final : poller::deferred, reply_waiter {
public:
  /// Everything is borrowed; `key` is the counter's.
  lane(poller& with, redis_connection& connection, writer& from, lane_statistics& statistics,
       std::string key);

  /// Takes a visit in. It is settled by this lane, or by who finds its deadline passed; not within
  /// this call.
  void join(visit& who);

  /// The condition of the connection has changed.
  void wake() { poller_.defer(*this); }

private:
  // The visits that go together, and what is known of them.
  struct batch {
    std::string sequence{};
    std::int64_t size = 0;
    clock::time_point made{};
    bool sent = false;      // a reply is awaited
    bool under_way = false; // a copy is with Redis, or may be
    bool in_doubt = false;  // a copy was lost: it was carried out or not
  };
  using visits = visit_list<&visit::by_lane>;

  void on_reply(redis_reply reply) override;
  void on_turn_end() override;
  bool gathers();
  void make_batch();
  void send();
  bool hopeless() const;
  std::optional<errc> judge(const redis_reply& reply);
  bool gone() const;
  void settle_all(visits& whom, errc why);
  void count(std::int64_t total);
  void hand_out();

  poller& poller_;
  redis_connection& connection_;
  writer& writer_;
  lane_statistics& statistics_;
  std::string key_;
  std::string record_;
  visits waiting_;
  std::size_t came_ = 0; // since the last batch was made
  std::size_t seen_ = 0; // of those, a turn ago
  clock::time_point last_came_{};
  std::size_t crowd_ = 0; // as many come before there is a lull
  visits sent_;           // the batch's, as long as it has no outcome
  batch batch_;
  redis_command command_;
  std::optional<redis_reply> reply_;
  visits counted_;
  std::int64_t before_ = 0; // the total before those
};

} // namespace tally
