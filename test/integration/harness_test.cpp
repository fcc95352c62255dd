// Tests of the test harness.
#include "catch.hpp"
#include "http_client.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "tcp_listener.hpp"
#include "visitors.hpp"

#include <signal.h>
#include <stdlib.h>
#include <system_error>

using namespace tally::test;

TEST_CASE("the harness detects duplicate and missing numbers", "[harness]")
{
  visit_results visits;
  visits.merge({.shown = {3, 1, 2}});
  CHECK(visits.contiguous_to(3));
  CHECK_FALSE(visits.contiguous_to(4));
  visits.merge({.shown = {5}});
  CHECK(visits.distinct());
  CHECK_FALSE(visits.contiguous_to(5));
  visits.merge({.shown = {3}});
  CHECK_FALSE(visits.distinct());
  CHECK_FALSE(visits.contiguous_to(5));
}

TEST_CASE("the harness reports how a process ended", "[harness]")
{
  process exiting{{"sh", "-c", "echo out; echo err >&2; exit 3"}};
  CHECK(exiting.wait() == 3);
  CHECK(exiting.output() == "out\n");
  CHECK(exiting.errors() == "err\n");

  process sleeping{{"sleep", "600"}};
  CHECK(sleeping.running());
  CHECK_FALSE(sleeping.wait(std::chrono::milliseconds{1}));
  sleeping.kill();
  CHECK_FALSE(sleeping.running());
  CHECK(sleeping.wait() == 128 + SIGKILL);

  CHECK_THROWS_AS(process{{"no-such-program"}}, std::system_error);
}

TEST_CASE("processes of the harness inherit no other variables", "[harness]")
{
  ::setenv("REDIS_HOST", "redis.invalid", 1);
  process child{{"env"}, {{"PORT", "0"}}};
  CHECK(child.wait() == 0);
  CHECK(child.output().find("PORT=0\n") != std::string::npos);
  CHECK(child.output().find("REDIS_HOST") == std::string::npos);
}

TEST_CASE("a Redis of the harness keeps its port and data after a kill", "[harness]")
{
  redis_server redis;
  CHECK(redis.connect().command({"INCR", "visits"}) == "1");
  redis.kill();
  CHECK_THROWS_AS(redis.connect(), std::system_error);
  redis.start();
  CHECK(redis.visits() == 1);
  CHECK(redis.connect().command({"GET", "nothing"}) == std::nullopt);
  CHECK_THROWS_WITH(redis.connect().command({"NONSENSE"}),
                    Catch::Matchers::StartsWith("ERR unknown"));
}

TEST_CASE("a reserved port of the harness refuses connections", "[harness]")
{
  reserved_port port;
  CHECK_THROWS_AS(tcp_stream{port.number()}, std::system_error);
}
