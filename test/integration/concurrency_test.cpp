#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "visitors.hpp"

#include <string>

using namespace tally::test;

namespace {

constexpr int visits_per_connection = 50;

long long total_of(int connections)
{
  return static_cast<long long>(connections) * visits_per_connection;
}

} // namespace

TEST_CASE("numbers are distinct and contiguous over many connections", "[integration]")
{
  const std::string threads = GENERATE("1", "4");
  INFO(threads << " workers");
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", threads}}};
  const auto visits = visitors{tally.port(), 64, visits_per_connection}.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.contiguous_to(total_of(64)));
  CHECK(redis.visits() == total_of(64));
  CHECK(tally.stop() == 0);
}

TEST_CASE("numbers are distinct and contiguous over several instances", "[integration]")
{
  redis_server redis;
  tally_process first{redis, {{"TALLY_THREADS", "2"}}};
  tally_process second{redis, {{"TALLY_THREADS", "2"}}};
  visitors first_visitors{first.port(), 16, visits_per_connection};
  visitors second_visitors{second.port(), 16, visits_per_connection};
  auto visits = first_visitors.result();
  visits.merge(second_visitors.result());
  CHECK(visits.contiguous_to(total_of(32)));
  CHECK(redis.visits() == total_of(32));
}
