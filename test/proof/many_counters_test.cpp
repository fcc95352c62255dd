#include "crowd.hpp"
#include "proof.hpp"
#include "rollback.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tally::test;

// While Redis is frozen, 590 visits to about 300 counters wait, so that a batch is full.
TEST_CASE("visits that wait for more counters than a batch holds are each counted once", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts({{"TALLY_MAX_WAITING_VISITS", "590"}}))};
  wait_until_ready(tally);
  auto names = numbered_counters(300);
  redis.freeze();
  proxy.inject_every(2, {fault::kind::cut_after});
  history outcomes;
  crowd even{{tally.port()}, outcomes, 300, 1, names};
  std::rotate(names.begin(), names.begin() + 1, names.end());
  crowd odd{{tally.port()}, outcomes, 300, 1, names};
  CHECK(eventually([&] { return outcomes.count(503) == 10; }));
  redis.thaw();
  even.wait();
  odd.wait();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(200) == 590);
  CHECK(total_of(outcomes, redis) == 590);
  CHECK(proxy.duplicates() > 0);
}

TEST_CASE("no number of any counter is shown twice when Redis is flushed under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  const auto counters = numbered_counters(300);
  tally_under_load load{workers, counters};
  auto& [redis, tally, outcomes, visitors] = load;
  const auto complete = [&] {
    return eventually([&] { return registered_counters(load.redis).size() == counters.size(); });
  };
  REQUIRE(complete());
  for (int times = 0; times < 3; ++times) {
    redis.connect().command({"FLUSHALL"});
    REQUIRE(complete());
  }
  visitors.stop();
  check_promises_after_rollback(outcomes, redis);
  CHECK(outcomes.count(200) == outcomes.size());
  check_register(outcomes, redis);
  CHECK(tally.events("redis_rolled_back").size() == 3);
}
