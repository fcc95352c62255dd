#include "crowd.hpp"
#include "proof.hpp"
#include "stepping_clock.hpp"

#include <chrono>
#include <cstddef>
#include <string>

using namespace tally::test;
using kind = fault::kind;

namespace {

// Longer than Redis keeps the record of a batch.
constexpr std::chrono::hours step{48};

long long redis_seconds(const redis_server& redis)
{
  return std::stoll(*redis.connect().command({"TIME"}));
}

redis_server with(const stepping_clock& clock)
{
  return redis_server{redis_server::options{{}, {}, clock.variables()}};
}

} // namespace

TEST_CASE("the clock of a redis-server steps", "[proof]")
{
  stepping_clock clock;
  const auto redis = with(clock);
  const auto before = redis_seconds(redis);
  redis.connect().command({"SET", "record", "1", "PX", "86400000"});
  CHECK(redis.connect().command({"GET", "record"}) == "1");
  clock.step(step);
  CHECK(redis_seconds(redis) - before >= std::chrono::seconds{step}.count());
  CHECK(redis.connect().command({"GET", "record"}) == std::nullopt);
}

TEST_CASE("a batch whose record expired while it was in doubt is not counted again", "[proof]")
{
  const int before = GENERATE(0, 3);
  INFO("after " << before << " visits");
  stepping_clock clock;
  const auto redis = with(clock);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  history answers;
  crowd{{tally.port()}, answers, 1, before}.wait();
  check_all_counted(answers, redis, before);

  proxy.next({kind::silence});
  crowd visitor{{tally.port()}, answers, 1, 1};
  REQUIRE(eventually([&] { return redis.visits() == before + 1; }));
  clock.step(step);
  proxy.cut();
  visitor.wait();
  check_promises(answers, redis);
  CHECK(answers.count(504) == 1);
  CHECK(redis.visits() == before + 1);
  CHECK(tally.get("/count").number() == before + 2);
}

TEST_CASE("a visit is counted although all records have expired", "[proof]")
{
  stepping_clock clock;
  const auto redis = with(clock);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  SECTION("before the first") {}
  SECTION("after others")
  {
    CHECK(tally.get("/count").number() == 1);
  }
  const auto before = redis.visits();
  clock.step(step);
  CHECK(tally.get("/count").number() == before + 1);
  proxy.next({kind::cut_after});
  CHECK(tally.get("/count").number() == before + 2);
  CHECK(redis.visits() == before + 2);
}

TEST_CASE("no visit is counted twice when Redis' clock steps under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  stepping_clock clock;
  const auto redis = with(clock);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_THREADS", std::to_string(workers)}}))};
  wait_until_ready(tally, static_cast<std::size_t>(workers));
  history answers;
  crowd visitors{{tally.port()}, answers, 25};
  for (int times = 0; times < 5; ++times) {
    wait_for_more(answers, 50);
    const int faults = proxy.faults();
    proxy.every(1, {kind::silence});
    REQUIRE(eventually([&] { return proxy.faults() > faults; }));
    clock.step(step);
    proxy.every(0);
    proxy.cut();
  }
  visitors.end();
  check_promises(answers, redis);
  CHECK(answers.count(504) > 0);
  CHECK(tally.get("/count").status == 200);
}
