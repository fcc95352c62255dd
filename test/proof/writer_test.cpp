#include "proof.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

using namespace tally::test;

namespace {

// Returns the key of the record with this value; empty when there is none.
std::string find_record(const redis_server& redis, std::string_view value)
{
  auto admin = redis.connect();
  for (const auto& key : writer_records(redis))
    if (admin.command({"GET", key}) == value)
      return key;
  return {};
}

} // namespace

// A cloned machine, or one restored from an image, must not write to the record of the original.
TEST_CASE("a worker takes a new id with each connection while no batch is in doubt", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  for (std::size_t times = 1; times <= 3; ++times) {
    const auto before = writer_records(redis);
    redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
    tally.wait_for_event("redis_ready", times + 1);
    CHECK(tally.get("/count").number() == static_cast<long long>(times) + 1);
    CHECK_FALSE(std::ranges::includes(before, writer_records(redis)));
  }
}

TEST_CASE("a writer keeps its id while its batch is in doubt", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  const auto before = writer_records(redis);
  proxy.inject({fault::kind::cut_after});
  proxy.inject({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  CHECK(redis.visits() == 2);
  CHECK(std::ranges::count(before, find_record(redis, "2 0 2")) == 1);
}
