#include "crowd.hpp"
#include "proof.hpp"
#include "text.hpp"

using namespace tally::test;

// As "every visit is counted once while connections are cut before the reply", with an executable
// whose script keeps no record.
TEST_CASE("the checker reports visits that were counted twice when batches are not idempotent",
          "[proof]")
{
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  proxy.inject_every(4, {fault::kind::cut_after});
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 60, counters}.wait();
  INFO(outcomes.summary());
  CHECK(outcomes.count(200) == 16 * 60);
  REQUIRE(proxy.faults() > 0);
  const auto violations = find_violations(outcomes.all(), totals_in(redis));
  INFO(violations.size() << " violations");
  REQUIRE_FALSE(violations.empty());
  for (const auto& each : violations)
    CHECK(contains(each, "is too large"));
}
