// tally set and delete beside running visits and several Tallys.
#include "administration.hpp"
#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "visitors.hpp"
#include "wait.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace tally::test;

namespace {

struct counter {
  std::string name;
  std::string target;
  std::string key;
};

const counter default_counter{"visits", "/count", "visits"};
const counter named_counter{"blog/home", "/count/blog/home", "{visits}:blog/home"};

// Visits both, in turn, and checks that the numbers follow on `last`.
void check_continues(const tally_process& first, const tally_process& second,
                     const std::string& target, long long last)
{
  for (int i = 0; i < 3; ++i) {
    REQUIRE(first.get(target).number() == ++last);
    REQUIRE(second.get(target).number() == ++last);
  }
}

} // namespace

TEST_CASE("every Tally continues from an operator's number", "[integration]")
{
  const auto& [name, target, key] = GENERATE(default_counter, named_counter);
  redis_server redis;
  tally_process first{redis, {{"TALLY_THREADS", "2"}}};
  tally_process second{redis};
  check_continues(first, second, target, 0);
  for (const std::string number : {"100", "5", "0", "50", "5"}) {
    INFO("set to " << number);
    REQUIRE(succeeds_silently(administer(redis, {"set", name, number})));
    check_continues(first, second, target, std::stoll(number));
  }
  REQUIRE(succeeds_silently(administer(redis, {"delete", name})));
  check_continues(first, second, target, 0);
  CHECK(administer(redis, {"get", name}).output == "6\n");
  CHECK(first.events("redis_rolled_back").empty());
  CHECK(second.events("redis_rolled_back").empty());
}

TEST_CASE("an operator's change stands under the load of several Tallys", "[integration]")
{
  constexpr long long high = 2'000'000;
  constexpr long long low = 1'000'000;
  constexpr int endless = std::numeric_limits<int>::max();
  const auto& [name, target, key] = GENERATE(default_counter, named_counter);
  redis_server redis;
  tally_process first{redis, {{"TALLY_THREADS", "2"}}};
  tally_process second{redis};
  REQUIRE(succeeds_silently(administer(redis, {"set", name, std::to_string(high)})));
  visitors at_first{first.port(), 8, endless, target};
  visitors at_second{second.port(), 8, endless, target};
  const auto wait_for_visits = [&] {
    for (const visitors* each : {&at_first, &at_second})
      REQUIRE(
          eventually([&, before = each->answered()] { return each->answered() > before + 100; }));
  };
  wait_for_visits();
  const auto set = administer(redis, {"set", name, std::to_string(low)});
  wait_for_visits();
  const auto deleted = administer(redis, {"delete", name});
  wait_for_visits();
  at_first.leave();
  at_second.leave();
  auto results = at_first.result();
  results.merge(at_second.result());
  CHECK(succeeds_silently(set));
  CHECK(succeeds_silently(deleted));

  CHECK(results.refused + results.unknown + results.unanswered == 0);
  const auto check_contiguous = [&](long long after, long long end) {
    const auto begin = std::ranges::upper_bound(results.shown, after);
    long long last = after;
    for (auto number = begin; number != results.shown.end() && *number < end; ++number)
      REQUIRE(*number == ++last);
    CHECK(last > after + 100);
    return last;
  };
  const auto last = check_contiguous(0, low);
  check_contiguous(low, high);
  check_contiguous(high, std::numeric_limits<long long>::max());
  CHECK(redis.connect().command({"GET", key}) == std::to_string(last));
  CHECK(first.events("redis_rolled_back").empty());
  CHECK(second.events("redis_rolled_back").empty());
}
