#include "crowd.hpp"
#include "proof.hpp"

#include <cstddef>

using namespace tally::test;
using kind = fault::kind;

TEST_CASE("a batch that arrives after it was sent again is not counted again", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);

  CHECK(tally.get("/total").number() == 0);
  proxy.inject({kind::hold});
  CHECK(tally.get("/count").number() == 1);
  SECTION("before the next batch")
  {
    const auto replies = proxy.release();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0] == "$6\r\n=1 0 1\r\n");
  }
  SECTION("after the next batch of its writer")
  {
    for (int number = 2; number <= 5; ++number) // once for each of the four writers
      CHECK(tally.get("/count").number() == number);
    const auto replies = proxy.release();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].starts_with("-STALE"));
  }
  const auto before = redis.visits();
  CHECK(tally.get("/count").number() == before + 1);
  CHECK(redis.visits() == before + 1);
}

TEST_CASE("a batch that was given up and arrives late is counted once or not at all", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts({{"TALLY_VISIT_TIMEOUT_MS", "1000"}}))};
  wait_until_ready(tally);
  CHECK(tally.get("/total").number() == 0);
  proxy.inject_every(1, {kind::hold});
  CHECK(tally.get("/count").status == 504);
  REQUIRE(proxy.held() > 1);
  // A last copy may still be in transit. The reply to a later command shows that it arrived.
  REQUIRE(eventually([&] { return tally.get("/total").status == 200; }));
  proxy.inject_every(0);
  tally.wait_for_readyz(200);

  SECTION("before the next batch")
  {
    const auto replies = proxy.release();
    REQUIRE(replies.size() > 1);
    CHECK(replies.front() == "$5\r\n1 0 1\r\n");
    CHECK(replies.back() == "$6\r\n=1 0 1\r\n");
    CHECK(tally.get("/count").number() == 2);
    CHECK(redis.visits() == 2);
  }
  SECTION("after the next batch of its writer")
  {
    for (int number = 1; number <= 4; ++number) // once for each of the four writers
      CHECK(tally.get("/count").number() == number);
    for (const auto& reply : proxy.release()) {
      INFO(reply);
      CHECK(reply.starts_with("-STALE"));
    }
    CHECK(redis.visits() == 4);
  }
}

TEST_CASE("no visit is counted twice when batches arrive late under load", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, worker_settings(2))};
  wait_until_ready(tally, 2);
  proxy.inject_every(5, {kind::hold});
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16};
  std::size_t released = 0;
  CHECK(eventually([&] { return (released += proxy.release().size()) >= 20; }));
  visitors.stop();
  proxy.inject_every(0);
  released += proxy.release().size();
  check_all_counted(outcomes, redis, outcomes.size());
}
