#pragma once

#include <tally/awaitable.hpp>
#include <tally/redis_connection.hpp>
#include <tally/visit.hpp>

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
/// as the next one; an idle lane sends at once. At most one batch is under way, so its sequence
/// number is enough to count it once: after a lost connection the very same batch is sent again,
/// and the script answers what came of it.
class lane {
public:
  /// Everything is borrowed; `key` is the counter's.
  lane(executor loop, redis_connection& connection, writer& from, lane_statistics& statistics,
       std::string key);

  /// Takes a visit in. It is settled by this lane, or by who finds its deadline passed.
  void join(visit& who);

private:
  struct batch;

  awaitable<void> run();
  awaitable<void> resolve(batch& now);
  std::optional<errc> hopeless(const batch& now) const;
  std::optional<errc> judge(batch& now, const redis_reply& reply);
  batch take_waiting();
  bool gone() const;
  void settle_all(visit_list<&visit::by_lane>& visits, errc why);
  void hand_out(const batch& counted, std::int64_t total);

  executor loop_;
  redis_connection& connection_;
  writer& writer_;
  lane_statistics& statistics_;
  std::string key_;
  std::string record_;
  visit_list<&visit::by_lane> waiting_;
  visit_list<&visit::by_lane> sent_;
  bool running_ = false;
};

} // namespace tally
