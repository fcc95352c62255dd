#include "crowd.hpp"
#include "proof.hpp"
#include "rollback.hpp"
#include "text.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Sets the counter as the documentation asks operators to do.
void set_by_operator(const redis_server& redis, const std::string& number)
{
  auto admin = redis.connect();
  admin.command({"MULTI"});
  admin.command({"SET", "visits", number});
  admin.command({"INCR", "{visits}:.epoch"});
  admin.command({"EXEC"});
}

} // namespace

TEST_CASE("Tally counts on from a number that an operator has set", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  tally_process tally{redis, worker_settings(workers)};
  auto clients = connect_clients(tally);
  check_consecutive(clients, 0);
  for (const std::string number : {"5", "0", "1000"}) {
    INFO("set to " << number);
    set_by_operator(redis, number);
    check_consecutive(clients, std::stoll(number));
  }
  CHECK(tally.events("redis_rolled_back").empty());

  // FLUSHALL also deletes the epoch; the rollback must be detected all the same.
  redis.connect().command({"FLUSHALL"});
  const auto shown = check_rising(clients, 1000 + 16);
  check_rolled_back(tally, 1, 1000 + 16, 0);
  CHECK(redis.visits() == shown);

  set_by_operator(redis, "7");
  check_consecutive(clients, 7);
  CHECK(tally.events("redis_rolled_back").size() == 1);
}

TEST_CASE("Tally counts on from a higher number that was set without a new epoch", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, worker_settings(4)};
  auto clients = connect_clients(tally);
  check_consecutive(clients, 0);
  redis.connect().command({"SET", "visits", "100"});
  check_consecutive(clients, 100);
  CHECK(tally.events("redis_rolled_back").empty());
}

TEST_CASE("a process that started after an operator's change detects a rollback", "[proof]")
{
  redis_server redis;
  set_by_operator(redis, "20");
  set_by_operator(redis, "10");
  tally_process tally{redis, worker_settings(4)};
  auto clients = connect_clients(tally);
  check_consecutive(clients, 10);
  redis.connect().command({"SET", "visits", "12"});
  check_rising(clients, 10 + 16);
  check_rolled_back(tally, 1, 10 + 16, 12);
}

TEST_CASE("every replica counts on from a number that an operator has set", "[proof]")
{
  redis_server redis;
  tally_process first{redis};
  tally_process second{redis};
  CHECK(first.get("/count").number() == 1);
  CHECK(second.get("/count").number() == 2);
  CHECK(first.get("/count").number() == 3);
  set_by_operator(redis, "1");
  CHECK(first.get("/count").number() == 2);
  CHECK(second.get("/count").number() == 3);
  CHECK(first.get("/count").number() == 4);
  CHECK(first.events("redis_rolled_back").empty());
  CHECK(second.events("redis_rolled_back").empty());
}

TEST_CASE("Tally counts on from a number that an operator has set under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  constexpr long long before = 1'000'000;
  redis_server redis;
  redis.connect().command({"SET", "visits", std::to_string(before)});
  tally_process tally{redis, worker_settings(workers)};
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 32};
  wait_for_more(outcomes, 200);
  set_by_operator(redis, "5");
  wait_for_more(outcomes, 200);
  visitors.stop();

  CHECK(outcomes.count(200) == outcomes.size());
  std::vector<long long> earlier;
  std::vector<long long> later;
  for (const outcome& each : outcomes.all())
    (each.number > before ? earlier : later).push_back(each.number);
  const auto check_contiguous = [](std::vector<long long>& numbers, long long after) {
    std::ranges::sort(numbers);
    for (const long long number : numbers)
      REQUIRE(number == ++after);
  };
  check_contiguous(earlier, before);
  check_contiguous(later, 5);
  CHECK(redis.visits() == 5 + static_cast<long long>(later.size()));
  CHECK(tally.events("redis_rolled_back").empty());
}

TEST_CASE("no visit is counted while the epoch is not an integer", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, worker_settings(1)};
  CHECK(tally.get("/count").number() == 1);
  auto admin = redis.connect();
  admin.command({"SET", "{visits}:.epoch", "1.5"});
  CHECK(tally.get("/count").status == 500);
  CHECK(contains(tally.wait_for_readyz(503), "{visits}:.epoch is not an integer"));
  CHECK(redis.visits() == 1);
  admin.command({"SET", "{visits}:.epoch", "1"});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 2);
}

TEST_CASE("a negative counter is incremented and not mistaken for a rollback", "[proof]")
{
  redis_server redis;
  redis.connect().command({"SET", "visits", "-3"});
  tally_process tally{redis, worker_settings(1)};
  CHECK(tally.get("/count").body == "-2\n");
  CHECK(tally.events("redis_rolled_back").empty());
}
