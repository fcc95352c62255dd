#pragma once

#include "catch.hpp"
#include "checker.hpp"
#include "fault_proxy.hpp"
#include "history.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <string>
#include <vector>

namespace tally::test {

/// Deadlines that only a hang passes, and a short pause before a connection is made anew: what
/// Redis is there for has to be counted.
inline environment patient(environment others = {})
{
  others.merge(environment{{"TALLY_VISIT_TIMEOUT_MS", "18000"},
                           {"TALLY_REDIS_REPLY_TIMEOUT_MS", "15000"},
                           {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "15000"},
                           {"TALLY_REDIS_BACKOFF_MIN_MS", "5"}});
  return others;
}

/// The variables that point tally at Redis through this proxy.
inline environment pointing_at(const fault_proxy& proxy, environment others = {})
{
  others.merge(
      environment{{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", std::to_string(proxy.port())}});
  return others;
}

/// Waits until all workers could count.
inline void wait_until_ready(const tally_process& tally, std::size_t workers = 1)
{
  tally.wait_for_event("redis_ready", workers);
}

/// Waits until so many more visits were answered with this status.
inline void wait_for_more(const history& answers, int more, int status = 200)
{
  const int before = answers.count(status);
  INFO(answers.summary());
  REQUIRE(eventually([&] { return answers.count(status) >= before + more; }));
}

inline void check_promises(const history& answers, const redis_server& redis)
{
  INFO(answers.summary());
  CHECK(complaints(answers.answers(), redis.visits()) == std::vector<std::string>{});
}

/// Nothing but numbers: 1 ... `visits`, each once.
inline void check_all_counted(const history& answers, const redis_server& redis, int visits)
{
  check_promises(answers, redis);
  INFO(answers.summary());
  CHECK(answers.count(200) == visits);
  CHECK(answers.size() == visits);
  CHECK(redis.visits() == visits);
}

} // namespace tally::test
