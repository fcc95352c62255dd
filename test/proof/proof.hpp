#pragma once

#include "catch.hpp"
#include "checker.hpp"
#include "counters.hpp"
#include "fault_proxy.hpp"
#include "history.hpp"
#include "redis_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

/// Timeouts that only a hang exceeds, and a short pause before Tally reconnects: while Redis is
/// available, every visit must be counted.
inline environment long_timeouts(environment variables = {})
{
  variables.merge(environment{{"TALLY_VISIT_TIMEOUT_MS", "18000"},
                              {"TALLY_REDIS_REPLY_TIMEOUT_MS", "15000"},
                              {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "15000"},
                              {"TALLY_REDIS_BACKOFF_MIN_MS", "5"}});
  return variables;
}

/// The same with this number of workers.
inline environment worker_settings(int workers)
{
  return long_timeouts({{"TALLY_THREADS", std::to_string(workers)}});
}

/// The variables that point tally at Redis through this proxy.
inline environment pointing_at(const fault_proxy& proxy, environment variables = {})
{
  variables.merge(
      environment{{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", std::to_string(proxy.port())}});
  return variables;
}

/// Waits until this number of workers have reported that they are ready.
inline void wait_until_ready(const tally_process& tally, std::size_t workers = 1)
{
  tally.wait_for_event("redis_ready", workers);
}

/// Waits until `more` further visits have been answered with this status.
inline void wait_for_more(const history& outcomes, int more, int status = 200)
{
  const int before = outcomes.count(status);
  INFO(outcomes.summary());
  REQUIRE(eventually([&] { return outcomes.count(status) >= before + more; }));
}

/// The default counter alone, and more counters than a batch can hold.
inline const std::vector<std::vector<std::string>> one_or_many_counters{{"visits"},
                                                                        numbered_counters(300)};

inline void check_promises(const history& outcomes, const redis_server& redis)
{
  INFO(outcomes.summary());
  CHECK(find_violations(outcomes.all(), totals_in(redis)) == std::vector<std::string>{});
}

/// The sum of the totals of all visited counters.
inline long long total_of(const history& outcomes, const redis_server& redis)
{
  long long total = 0;
  for (const auto& each : outcomes.counters())
    total += redis.visits(each);
  return total;
}

/// Checks that exactly the visited counters, but for the default counter, are in the register and
/// have keys.
inline void check_register(const history& outcomes, const redis_server& redis)
{
  auto counters = outcomes.counters();
  counters.erase("visits");
  CHECK(registered_counters(redis) == counters);
  CHECK(counters_with_key(redis) == counters);
}

/// Checks that there were `visits` visits, that each got a number of its own, from 1 to the visits
/// of its counter, and that the register holds the visited counters.
inline void check_all_counted(const history& outcomes, const redis_server& redis, int visits)
{
  check_promises(outcomes, redis);
  INFO(outcomes.summary());
  CHECK(outcomes.count(200) == visits);
  CHECK(outcomes.size() == visits);
  CHECK(total_of(outcomes, redis) == visits);
  check_register(outcomes, redis);
}

/// The keys of the records that writers keep in Redis.
inline std::set<std::string> writer_records(const redis_server& redis)
{
  return reply_lines(redis, {"KEYS", "*writer*"});
}

/// Whether Redis rejected a command for lack of a permission. Before Redis 7.4, the message for a
/// command of a script differs.
inline bool is_permission_error(std::string_view text)
{
  return contains(text, "NOPERM") || contains(text, "The user executing the script") ||
         contains(text, "ACL failure in script");
}

} // namespace tally::test
