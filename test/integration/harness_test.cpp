// The tests are only as good as what they look through.
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

TEST_CASE("the harness sees a doubled and a missing number", "[harness]")
{
  tallied visits;
  visits.add({.shown = {3, 1, 2}});
  CHECK(visits.contiguous_to(3));
  CHECK_FALSE(visits.contiguous_to(4));
  visits.add({.shown = {5}});
  CHECK(visits.distinct());
  CHECK_FALSE(visits.contiguous_to(5));
  visits.add({.shown = {3}});
  CHECK_FALSE(visits.distinct());
  CHECK_FALSE(visits.contiguous_to(5));
}

TEST_CASE("the harness tells how a process ended", "[harness]")
{
  process leaves{{"sh", "-c", "echo out; echo err >&2; exit 3"}};
  CHECK(leaves.wait() == 3);
  CHECK(leaves.output() == "out\n");
  CHECK(leaves.errors() == "err\n");

  process stays{{"sleep", "600"}};
  CHECK(stays.running());
  CHECK_FALSE(stays.wait(std::chrono::milliseconds{1}));
  stays.kill();
  CHECK_FALSE(stays.running());
  CHECK(stays.wait() == 128 + SIGKILL);

  CHECK_THROWS_AS(process{{"no-such-program"}}, std::system_error);
}

TEST_CASE("the harness' processes see no variable of ours", "[harness]")
{
  ::setenv("REDIS_HOST", "redis.invalid", 1);
  process child{{"env"}, {{"PORT", "0"}}};
  CHECK(child.wait() == 0);
  CHECK(child.output().find("PORT=0\n") != std::string::npos);
  CHECK(child.output().find("REDIS_HOST") == std::string::npos);
}

TEST_CASE("the harness' Redis keeps its port and its data over a kill", "[harness]")
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

TEST_CASE("the harness' reserved port refuses connections", "[harness]")
{
  reserved_port port;
  CHECK_THROWS_AS(tcp_stream{port.number()}, std::system_error);
}
