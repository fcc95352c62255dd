#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "visitors.hpp"

#include <string>

using namespace tally::test;

namespace {

constexpr int visits_each = 50;

long long all_of(int connections)
{
  return static_cast<long long>(connections) * visits_each;
}

} // namespace

TEST_CASE("numbers are distinct and contiguous over many connections", "[integration]")
{
  const std::string threads = GENERATE("1", "4");
  INFO(threads << " workers");
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", threads}}};
  const auto visits = visitors{tally.port(), 64, visits_each}.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.contiguous_to(all_of(64)));
  CHECK(redis.visits() == all_of(64));
  CHECK(tally.stop() == 0);
}

TEST_CASE("numbers are distinct and contiguous over several instances", "[integration]")
{
  redis_server redis;
  tally_process one{redis, {{"TALLY_THREADS", "2"}}};
  tally_process other{redis, {{"TALLY_THREADS", "2"}}};
  visitors ones{one.port(), 16, visits_each};
  visitors others{other.port(), 16, visits_each};
  auto visits = ones.result();
  visits.add(others.result());
  CHECK(visits.contiguous_to(all_of(32)));
  CHECK(redis.visits() == all_of(32));
}
