#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "visitors.hpp"

#include <string>

using namespace tally::test;

TEST_CASE("numbers are distinct and contiguous over many connections", "[integration]")
{
  const std::string threads = GENERATE("1", "4");
  INFO(threads << " workers");
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", threads}}};
  const auto visits = visitors{tally.port(), 64, 50}.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.contiguous_to(64 * 50));
  CHECK(redis.visits() == 64 * 50);
  CHECK(tally.stop() == 0);
}

TEST_CASE("numbers are distinct and contiguous over several instances", "[integration]")
{
  redis_server redis;
  tally_process one{redis, {{"TALLY_THREADS", "2"}}};
  tally_process other{redis, {{"TALLY_THREADS", "2"}}};
  visitors ones{one.port(), 16, 50};
  visitors others{other.port(), 16, 50};
  auto visits = ones.result();
  visits.add(others.result());
  CHECK(visits.contiguous_to(32 * 50));
  CHECK(redis.visits() == 32 * 50);
}
