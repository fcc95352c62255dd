#include "crowd.hpp"
#include "proof.hpp"

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

environment limit_settings(int limit, int workers = 1)
{
  return long_timeouts(
      {{"TALLY_MAX_COUNTERS", std::to_string(limit)}, {"TALLY_THREADS", std::to_string(workers)}});
}

/// Two Tallys with four workers each, behind a proxy.
struct two_tallys {
  two_tallys(const fault_proxy& proxy, int limit)
  {
    for (int i = 0; i < 2; ++i) {
      tallys.emplace_back(pointing_at(proxy, limit_settings(limit, 4)));
      wait_until_ready(tallys.back(), 4);
      ports.push_back(tallys.back().port());
    }
  }

  std::list<tally_process> tallys;
  std::vector<std::uint16_t> ports;
};

} // namespace

TEST_CASE("visits make exactly as many counters as permitted, with several workers and processes",
          "[proof]")
{
  const unsigned faults = GENERATE(0U, 5U);
  INFO("a fault in one of " << faults << " batches");
  constexpr int limit = 100;
  constexpr int existing = 10;
  redis_server redis;
  fault_proxy proxy{redis.port()};
  two_tallys both{proxy, limit};
  auto old_names = numbered_counters(existing);
  old_names.push_back("visits");
  history old_outcomes;
  crowd{both.ports, old_outcomes, 1, existing + 1, old_names}.wait();
  REQUIRE(registered_counters(redis).size() == existing);

  std::vector<std::string> new_names;
  for (const auto& each : numbered_counters(400))
    new_names.push_back("new/" + each);
  proxy.inject_every(faults, {fault::kind::cut_after});
  history new_outcomes;
  crowd old_visitors{both.ports, old_outcomes, 8, 50, old_names};
  // Both crowds try to make each counter.
  crowd new_visitors{both.ports, new_outcomes, 24, 40, new_names};
  std::ranges::reverse(new_names);
  crowd{both.ports, new_outcomes, 24, 40, new_names}.wait();
  new_visitors.wait();
  old_visitors.wait();

  CHECK(registered_counters(redis).size() == limit);
  CHECK(counters_with_key(redis) == registered_counters(redis));
  check_promises(old_outcomes, redis);
  CHECK(old_outcomes.count(200) == existing + 1 + 8 * 50);
  CHECK(total_of(old_outcomes, redis) == old_outcomes.count(200));
  check_promises(new_outcomes, redis);
  CHECK(new_outcomes.count(200) + new_outcomes.count(403) == 2 * 24 * 40);
  CHECK(total_of(new_outcomes, redis) == new_outcomes.count(200));
  // Each counter is either made or refused.
  std::map<std::string, std::set<int>> statuses;
  for (const outcome& each : new_outcomes.all())
    statuses[each.counter].insert(each.status);
  const auto made = std::ranges::count_if(
      statuses, [](const auto& each) { return each.second == std::set{200}; });
  CHECK(made == limit - existing);
  CHECK(std::ranges::count_if(statuses, [](const auto& each) {
          return each.second == std::set{403};
        }) == static_cast<std::ptrdiff_t>(statuses.size()) - made);
  for (auto& each : both.tallys)
    CHECK(each.stop() == 0);
}

TEST_CASE("a visit that would make one counter too many gets 403", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, limit_settings(2)};
  CHECK(tally.get("/count/a").number() == 1);
  CHECK(tally.get("/count/b").number() == 1);
  for (const std::string target : {"/count/c", "/badge/c.svg", "/hit/c/d"}) {
    const auto refused = tally.get(target);
    CHECK(refused.status == 403);
    CHECK(contains(refused.body,
                   "not counted: there are as many counters as TALLY_MAX_COUNTERS permits"));
    CHECK_FALSE(refused.has("Retry-After"));
  }
  CHECK(tally.get("/count/a").number() == 2);
  CHECK(tally.get("/count").number() == 1);
  CHECK(tally.get("/count/visits").number() == 2);
  CHECK(tally.get("/total/c").number() == 0);
  CHECK(tally.get("/readyz").status == 200);
  CHECK(counters_with_key(redis) == std::set<std::string>{"a", "b"});
  CHECK(registered_counters(redis) == std::set<std::string>{"a", "b"});
}

TEST_CASE("a counter that is deleted frees its place", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, limit_settings(2)};
  CHECK(tally.get("/count/a").number() == 1);
  CHECK(tally.get("/count/b").number() == 1);
  auto admin = redis.connect();
  admin.command({"MULTI"});
  admin.command({"DEL", "{visits}:a"});
  admin.command({"SREM", "{visits}:.names", "a"});
  admin.command({"INCR", "{visits}:.epoch"});
  admin.command({"EXEC"});
  CHECK(tally.get("/count/c").number() == 1);
  CHECK(tally.get("/count/a").status == 403);
  CHECK(tally.get("/count/b").number() == 2);
  CHECK(registered_counters(redis) == std::set<std::string>{"b", "c"});
}

TEST_CASE("visits make no counter if none are permitted", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, limit_settings(0)};
  CHECK(tally.get("/count/a").status == 403);
  CHECK(tally.get("/count").number() == 1);
  CHECK(tally.get("/count/visits").number() == 2);
  CHECK(registered_counters(redis).empty());
  CHECK(counters_with_key(redis).empty());
}

TEST_CASE("a counter whose key an operator has made counts and takes no place", "[proof]")
{
  redis_server redis;
  redis.connect().command({"SET", "{visits}:x", "41"});
  const int limit = GENERATE(0, 1);
  INFO("limit " << limit);
  tally_process tally{redis, limit_settings(limit)};
  CHECK(tally.get("/count/x").number() == 42);
  CHECK(tally.get("/total/x").number() == 42);
  CHECK(tally.get("/count/y").status == (limit == 0 ? 403 : 200));
  CHECK(tally.get("/count/z").status == 403);
  CHECK(tally.get("/count/x").number() == 43);
  CHECK_FALSE(registered_counters(redis).contains("x"));
}

// The place was given with the name, so the counter needs no other.
TEST_CASE("a registered counter that lost its key counts when there is no place left", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, limit_settings(1)};
  CHECK(tally.get("/count/a").number() == 1);
  CHECK(tally.get("/count/b").status == 403);
  redis.connect().command({"DEL", "{visits}:a"});
  CHECK(tally.get("/count/a").number() == 2); // above the largest number shown
  CHECK(tally.get("/count/b").status == 403);
  CHECK(registered_counters(redis) == std::set<std::string>{"a"});
}
