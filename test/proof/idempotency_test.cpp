#include "crowd.hpp"
#include "proof.hpp"
#include "repeating_crowd.hpp"
#include "replica.hpp"

#include <algorithm>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

using namespace tally::test;
using kind = fault::kind;

namespace {

std::vector<std::uint16_t> ports_of(const std::list<tally_process>& tallys)
{
  std::vector<std::uint16_t> ports;
  for (const auto& each : tallys)
    ports.push_back(each.port());
  return ports;
}

} // namespace

TEST_CASE("every key is counted once while replies are lost and visitors repeat", "[proof]")
{
  const auto injected = GENERATE(kind::cut_before, kind::cut_after, kind::truncate);
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO("fault " << static_cast<int>(injected) << ", " << counters.size() << " counters");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  // A short deadline, so that many visits get 504 before their batch is resolved.
  std::list<tally_process> tallys;
  for (int i = 0; i < 2; ++i) {
    tallys.emplace_back(pointing_at(proxy, {{"TALLY_THREADS", "2"},
                                            {"TALLY_VISIT_TIMEOUT_MS", "200"},
                                            {"TALLY_REDIS_BACKOFF_MIN_MS", "20"}}));
    wait_until_ready(tallys.back(), 2);
  }
  proxy.inject_every(5, {injected});
  history outcomes;
  repeating_crowd visitors{ports_of(tallys), outcomes, 16, 20, counters};
  visitors.wait();
  check_all_counted(outcomes, redis, 16 * 20);
  CHECK(visitors.repetitions() >= 16 * 3);
  CHECK(proxy.faults() > 5);
}

TEST_CASE("a late batch counts no key that was repeated meanwhile", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process first{pointing_at(proxy, long_timeouts({{"TALLY_VISIT_TIMEOUT_MS", "1000"}}))};
  tally_process second{redis};
  wait_until_ready(first);
  CHECK(first.get("/total").number() == 0);
  const std::string key = "Idempotency-Key: a\r\n";
  proxy.inject_every(1, {kind::hold});
  CHECK(fetch(first.port(), "/count", "POST", key).status == 504);
  CHECK(fetch(second.port(), "/count", "POST", key).number() == 1);
  CHECK(second.get("/count").number() == 2);
  REQUIRE(proxy.held() > 0);
  const auto replies = proxy.release();
  REQUIRE_FALSE(replies.empty());
  INFO(replies.front());
  CHECK(std::ranges::any_of(replies, [](const std::string& reply) { // with the first number
    return contains(reply, "\n=1-0\r\n");
  }));
  CHECK(redis.visits() == 2);
}

TEST_CASE("every key is counted once while Redis and Tally are killed", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  std::list<replica> replicas;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 2; ++i)
    ports.push_back(replicas.emplace_back(proxy.port()).port());
  for (auto& each : replicas)
    each.wait_until_ready();
  proxy.inject_every(10, {kind::cut_after});
  history outcomes;
  repeating_crowd visitors{ports, outcomes, 16, crowd::endless, numbered_counters(20)};
  for (int i = 0; i < 3; ++i) {
    wait_for_more(outcomes, 100);
    redis.kill();
    redis.start();
    wait_for_more(outcomes, 100);
    replicas.front().kill_and_restart();
    wait_for_more(outcomes, 100);
    replicas.back().drain_and_restart();
  }
  wait_for_more(outcomes, 100);
  visitors.stop();
  check_all_counted(outcomes, redis, outcomes.size());
  CHECK(visitors.repetitions() > 0);
}

TEST_CASE("visits with and without a key share the numbers of a counter", "[proof]")
{
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, worker_settings(2))};
  wait_until_ready(tally, 2);
  proxy.inject_every(6, {kind::cut_after});
  history outcomes;
  crowd without_key{{tally.port()}, outcomes, 16, 30, counters};
  repeating_crowd{{tally.port()}, outcomes, 16, 30, counters}.wait();
  without_key.wait();
  check_all_counted(outcomes, redis, 2 * 16 * 30);
}

TEST_CASE("visits with keys make no more counters than permitted", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, long_timeouts({{"TALLY_MAX_COUNTERS", "10"}, {"TALLY_THREADS", "2"}})};
  history outcomes;
  repeating_crowd{{tally.port()}, outcomes, 16, 30, numbered_counters(40)}.wait();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(200) + outcomes.count(403) == 16 * 30);
  CHECK(registered_counters(redis).size() == 10);
  CHECK(counters_with_key(redis) == registered_counters(redis));
  // A refused visit leaves no key behind.
  CHECK(static_cast<int>(reply_lines(redis, {"KEYS", "{visits}:.key:*"}).size()) ==
        outcomes.count(200));
}
