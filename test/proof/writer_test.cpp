#include "proof.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

using namespace tally::test;

namespace {

std::set<std::string> records(const redis_server& redis)
{
  std::set<std::string> keys;
  std::istringstream lines{redis.connect().command({"KEYS", "{visits}:.writer:*"}).value_or("")};
  for (std::string line; std::getline(lines, line);)
    keys.insert(line);
  return keys;
}

/// The key of the record that holds this.
std::string record_of(const redis_server& redis, std::string_view record)
{
  auto admin = redis.connect();
  for (const auto& key : records(redis))
    if (admin.command({"GET", key}) == record)
      return key;
  return {};
}

} // namespace

// A machine that was cloned, or restored from an image, must not write to its twin's record.
TEST_CASE("a worker takes a new id with each connection while nothing is in doubt", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  for (std::size_t times = 1; times <= 3; ++times) {
    const auto before = records(redis);
    redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
    tally.wait_for_event("redis_ready", times + 1);
    CHECK(tally.get("/count").number() == static_cast<long long>(times) + 1);
    CHECK_FALSE(std::ranges::includes(before, records(redis)));
  }
}

TEST_CASE("a writer keeps its id while its batch is in doubt", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  const auto before = records(redis);
  proxy.next({fault::kind::cut_after});
  proxy.next({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  CHECK(redis.visits() == 2);
  CHECK(std::ranges::count(before, record_of(redis, "2 0 2")) == 1);
}
