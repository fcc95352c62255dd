#include "crowd.hpp"
#include "proof.hpp"
#include "rollback.hpp"
#include "text.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

/// What an operator does by hand.
void set_by_operator(const redis_server& redis, const std::string& number)
{
  auto admin = redis.connect();
  admin.command({"MULTI"});
  admin.command({"SET", "visits", number});
  admin.command({"INCR", "{visits}:.epoch"});
  admin.command({"EXEC"});
}

} // namespace

TEST_CASE("a number that an operator has set stands", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  tally_process tally{redis, with_workers(workers)};
  auto clients = many_clients(tally);
  check_counting(clients, 0);
  for (const std::string number : {"5", "0", "1000"}) {
    INFO("set to " << number);
    set_by_operator(redis, number);
    check_counting(clients, std::stoll(number));
  }
  CHECK(tally.events("redis_rolled_back").empty());

  // A later rollback is still one, and takes the epoch with it.
  redis.connect().command({"FLUSHALL"});
  const auto shown = check_rising(clients, 1000 + 16);
  check_rolled_back(tally, 1, 1000 + 16, 0);
  CHECK(redis.visits() == shown);

  set_by_operator(redis, "7");
  check_counting(clients, 7);
  CHECK(tally.events("redis_rolled_back").size() == 1);
}

TEST_CASE("a higher number stands without a new epoch", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, with_workers(4)};
  auto clients = many_clients(tally);
  check_counting(clients, 0);
  redis.connect().command({"SET", "visits", "100"});
  check_counting(clients, 100);
  CHECK(tally.events("redis_rolled_back").empty());
}

TEST_CASE("a rollback is found by a process that started after an operator's change", "[proof]")
{
  redis_server redis;
  set_by_operator(redis, "20");
  set_by_operator(redis, "10");
  tally_process tally{redis, with_workers(4)};
  auto clients = many_clients(tally);
  check_counting(clients, 10);
  redis.connect().command({"SET", "visits", "12"});
  check_rising(clients, 10 + 16);
  check_rolled_back(tally, 1, 10 + 16, 12);
}

TEST_CASE("a number that an operator has set stands with every replica", "[proof]")
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

TEST_CASE("a number that an operator has set under load stands", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  constexpr long long before = 1'000'000;
  redis_server redis;
  redis.connect().command({"SET", "visits", std::to_string(before)});
  tally_process tally{redis, with_workers(workers)};
  history answers;
  crowd visitors{{tally.port()}, answers, 32};
  wait_for_more(answers, 200);
  set_by_operator(redis, "5");
  wait_for_more(answers, 200);
  visitors.end();

  CHECK(answers.count(200) == answers.size());
  std::vector<long long> earlier;
  std::vector<long long> later;
  for (const answer& each : answers.answers())
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

TEST_CASE("an epoch that is no integer counts nothing", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, with_workers(1)};
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

TEST_CASE("a counter below zero is counted on, not taken for a rollback", "[proof]")
{
  redis_server redis;
  redis.connect().command({"SET", "visits", "-3"});
  tally_process tally{redis, with_workers(1)};
  CHECK(tally.get("/count").body == "-2\n");
  CHECK(tally.events("redis_rolled_back").empty());
}
