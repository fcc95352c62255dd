#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "visitors.hpp"
#include "wait.hpp"

#include <signal.h>
#include <string>

using namespace tally::test;

TEST_CASE("a drain under load loses no visit", "[integration]")
{
  const std::string threads = GENERATE("1", "3");
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", threads}}};
  constexpr int connections = 24;
  visitors clients{tally.port(), connections, 1'000'000};
  REQUIRE(eventually([&] { return clients.answered() > 500; }));
  CHECK(tally.stops_cleanly());

  const auto visits = clients.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.closed == connections);
  CHECK(visits.contiguous_to(redis.visits()));
}

TEST_CASE("a drain ends readiness first and still serves new connections", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "2000"}}};
  auto client = tally.connect();
  CHECK(client.get("/count").number() == 1);
  tally.signal(SIGTERM);
  CHECK(tally.wait_for_event("draining").at("signal").as_string() == "SIGTERM");

  tally.wait_for_readyz(503); // the workers are notified after the event is logged
  // New connections are served until load balancers have noticed that readiness ended.
  const auto readyz = tally.get("/readyz");
  CHECK(readyz.status == 503);
  CHECK(contains(readyz.body, "drain"));
  CHECK(tally.get("/livez").status == 200);
  CHECK(tally.get("/count").number() == 2);
  const auto last = client.get("/count");
  CHECK(last.number() == 3);
  CHECK(last.closes());
  CHECK(client.ended());
  CHECK(tally.exits_cleanly());
  CHECK(redis.visits() == 3);
}

TEST_CASE("SIGINT drains like SIGTERM", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  tally.signal(SIGINT);
  CHECK(tally.exits_cleanly());
  CHECK(tally.events("draining").front().at("signal").as_string() == "SIGINT");
}

TEST_CASE("shutdown waits for an incomplete request only until the grace period ends",
          "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_DRAIN_GRACE_MS", "300"}, {"TALLY_REQUEST_TIMEOUT_MS", "600000"}}};
  auto client = tally.connect();
  client.send("GET /count HTTP/1.1\r\nHost: ");
  CHECK(tally.stops_cleanly());
  CHECK(redis.visits() == 0);
}

TEST_CASE("a visit that waits for a frozen Redis does not delay shutdown", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_THREADS", "2"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "500"},
                       {"TALLY_VISIT_TIMEOUT_MS", "500"}}};
  redis.freeze();
  auto client = tally.connect();
  client.send(visit_text());
  tally.signal(SIGTERM);
  const auto response = client.read();
  CHECK((response.status == 503 || response.status == 504));
  CHECK(tally.exits_cleanly());
}

TEST_CASE("an idle tally stops while Redis is frozen", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  redis.freeze();
  CHECK(tally.stops_cleanly());
}

TEST_CASE("tally stops while Redis is unreachable", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(
      redis, {{"TALLY_REDIS_BACKOFF_MIN_MS", "60000"}, {"TALLY_REDIS_BACKOFF_MAX_MS", "60000"}})};
  tally.wait_for_event("redis_unreachable");
  CHECK(tally.stops_cleanly());
}

TEST_CASE("a second SIGTERM changes nothing", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "500"}}};
  tally.signal(SIGTERM);
  tally.wait_for_event("draining");
  tally.signal(SIGTERM);
  CHECK(tally.exits_cleanly());
}

TEST_CASE("a second SIGINT ends tally without waiting for the drain", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "600000"}}};
  tally.signal(SIGINT);
  tally.wait_for_event("draining");
  REQUIRE(eventually([&] {
    tally.signal(SIGINT); // one may arrive before tally restores the default action
    return !tally.running();
  }));
  CHECK(tally.wait() == 128 + SIGINT);
}
