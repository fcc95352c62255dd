#include "counting/count_call.hpp"
#include "crowd.hpp"
#include "proof.hpp"
#include "stepping_clock.hpp"

#include <chrono>
#include <cstddef>
#include <string>

using namespace tally::test;
using kind = fault::kind;

namespace {

// All records expire within a step.
constexpr std::chrono::milliseconds step = 2 * tally::record_ttl;

long long redis_seconds(const redis_server& redis)
{
  return std::stoll(*redis.connect().command({"TIME"}));
}

redis_server start_redis(const stepping_clock& clock)
{
  return redis_server{redis_server::options{{}, {}, clock.variables()}};
}

} // namespace

TEST_CASE("a redis-server that is started with a stepping clock follows its steps", "[proof]")
{
  stepping_clock clock;
  const auto redis = start_redis(clock);
  const auto before = redis_seconds(redis);
  redis.connect().command({"SET", "record", "1", "PX", std::to_string(tally::record_ttl.count())});
  CHECK(redis.connect().command({"GET", "record"}) == "1");
  clock.step(step);
  CHECK(redis_seconds(redis) - before >= std::chrono::floor<std::chrono::seconds>(step).count());
  CHECK(redis.connect().command({"GET", "record"}) == std::nullopt);
}

TEST_CASE("a batch whose record expired while it was in doubt is not counted again", "[proof]")
{
  const int before = GENERATE(0, 3);
  INFO("after " << before << " visits");
  stepping_clock clock;
  const auto redis = start_redis(clock);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  history outcomes;
  crowd{{tally.port()}, outcomes, 1, before}.wait();
  check_all_counted(outcomes, redis, before);

  proxy.inject({kind::silence});
  crowd visitor{{tally.port()}, outcomes, 1, 1};
  REQUIRE(eventually([&] { return redis.visits() == before + 1; }));
  clock.step(step);
  proxy.cut_connections();
  visitor.wait();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(504) == 1);
  CHECK(redis.visits() == before + 1);
  CHECK(tally.get("/count").number() == before + 2);
}

TEST_CASE("a visit is counted after all records have expired", "[proof]")
{
  stepping_clock clock;
  const auto redis = start_redis(clock);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  SECTION("before the first") {}
  SECTION("after others")
  {
    CHECK(tally.get("/count").number() == 1);
  }
  const auto before = redis.visits();
  clock.step(step);
  CHECK(tally.get("/count").number() == before + 1);
  proxy.inject({kind::cut_after});
  CHECK(tally.get("/count").number() == before + 2);
  CHECK(redis.visits() == before + 2);
}

TEST_CASE("no visit is counted twice when Redis' clock steps under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  stepping_clock clock;
  const auto redis = start_redis(clock);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, worker_settings(workers))};
  wait_until_ready(tally, static_cast<std::size_t>(workers));
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 25};
  for (int times = 0; times < 5; ++times) {
    wait_for_more(outcomes, 50);
    const int faults = proxy.faults();
    proxy.inject_every(1, {kind::silence});
    REQUIRE(eventually([&] { return proxy.faults() > faults; }));
    clock.step(step);
    proxy.inject_every(0);
    proxy.cut_connections();
  }
  visitors.stop();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(504) > 0);
  CHECK(tally.get("/count").status == 200);
}
