#include "crowd.hpp"
#include "proof.hpp"
#include "rollback.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

using namespace tally::test;
using kind = fault::kind;

namespace {

void check_shown(const history& answers, const redis_server& redis)
{
  INFO(answers.summary());
  CHECK(complaints_after_rollback(answers.answers(), redis.visits()) == std::vector<std::string>{});
}

} // namespace

TEST_CASE("a rollback is logged once, and the numbers go on above what was shown", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  tally_process tally{redis, with_workers(workers)};
  auto clients = many_clients(tally);
  long long shown = check_rising(clients, 0);
  CHECK(shown == redis.visits());
  CHECK(tally.events("redis_rolled_back").empty());

  redis.connect().command({"FLUSHALL"});
  const auto mark = shown;
  shown = check_rising(clients, shown);
  check_rolled_back(tally, 1, mark, 0);

  redis.connect().command({"SET", "visits", "3"});
  const auto next_mark = shown;
  shown = check_rising(clients, shown);
  check_rolled_back(tally, 2, next_mark, 3);
  CHECK(redis.visits() == shown);
}

TEST_CASE("no number is shown twice when Redis is emptied under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  tally_process tally{redis, with_workers(workers)};
  history answers;
  crowd visitors{{tally.port()}, answers, 32};
  for (std::size_t times = 1; times <= 5; ++times) {
    wait_for_more(answers, 200);
    redis.connect().command({"FLUSHALL"});
    tally.wait_for_event("redis_rolled_back", times);
  }
  wait_for_more(answers, 200);
  visitors.end();
  check_shown(answers, redis);
  CHECK(answers.count(200) == answers.size());
  CHECK(tally.events("redis_rolled_back").size() == 5);
}

// The late reply shows numbers that were counted before the rollback.
TEST_CASE("a late reply shows no number that was counted again after a rollback", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, with_workers(4))};
  wait_until_ready(tally, 4);
  history answers;
  crowd{{tally.port()}, answers, 16, 3}.wait();
  for (int times = 0; times < 5; ++times) {
    const auto before = redis.visits();
    proxy.next({kind::delay, "", std::chrono::milliseconds{100}});
    crowd late{{tally.port()}, answers, 1, 1};
    REQUIRE(eventually([&] { return redis.visits() > before; }));
    redis.connect().command({"FLUSHALL"});
    crowd{{tally.port()}, answers, 16, 2}.wait();
    late.wait();
  }
  check_shown(answers, redis);
  CHECK(answers.count(200) == answers.size());
}

TEST_CASE("no number is shown twice when Redis restarts with a cut file", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, patient()};
  auto clients = many_clients(tally);
  check_rising(clients, 0);
  const auto found = redis.visits();
  const auto size = std::filesystem::file_size(redis.append_only_file());
  const auto shown = check_rising(clients, found);

  redis.kill();
  std::filesystem::resize_file(redis.append_only_file(), size);
  redis.start();
  REQUIRE(redis.visits() == found);
  tally.wait_for_event("redis_ready", 2);
  check_rising(clients, shown);
  check_rolled_back(tally, 1, shown, found);
}

TEST_CASE("no number is shown twice when Redis restarts with a cut file under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  tally_process tally{redis, with_workers(workers)};
  history answers;
  crowd visitors{{tally.port()}, answers, 32};
  for (std::size_t times = 1; times <= 2; ++times) {
    wait_for_more(answers, 100);
    const auto size = std::filesystem::file_size(redis.append_only_file());
    wait_for_more(answers, 200);
    redis.kill();
    std::filesystem::resize_file(redis.append_only_file(), size);
    redis.start();
    tally.wait_for_event("redis_rolled_back", times);
  }
  wait_for_more(answers, 200);
  visitors.end();
  check_shown(answers, redis);
  CHECK(tally.events("redis_rolled_back").size() == 2);
}

TEST_CASE("no number is shown twice after a fail-over to a replica that lags", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server master;
  redis_server replica;
  auto promoted = replica.connect();
  promoted.command({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  fault_proxy proxy{master.port()};
  tally_process tally{pointing_at(proxy, with_workers(workers))};
  wait_until_ready(tally, static_cast<std::size_t>(workers));
  history answers;
  crowd visitors{{tally.port()}, answers, 32};
  REQUIRE(eventually([&] { return replica.visits() > 200; }));

  const reserved_port nobody;
  promoted.command({"REPLICAOF", "127.0.0.1", std::to_string(nobody.number())});
  const auto found = replica.visits();
  wait_for_more(answers, 200);
  master.kill();
  promoted.command({"REPLICAOF", "NO", "ONE"});
  proxy.lead_to(replica.port());
  const auto event = tally.wait_for_event("redis_rolled_back");
  CHECK(event.at("found").as_int64() == found);
  wait_for_more(answers, 200);
  visitors.end();
  check_shown(answers, replica);
  CHECK(tally.events("redis_rolled_back").size() == 1);
}

// Redis loses just what one worker has shown while the batch of the other was in doubt.
TEST_CASE("a batch that is sent again after a rollback repeats no number of another worker",
          "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_THREADS", "2"},
                                                  {"TALLY_REDIS_BACKOFF_MIN_MS", "4000"},
                                                  {"TALLY_REDIS_BACKOFF_MAX_MS", "4000"}}))};
  wait_until_ready(tally, 2);
  history answers;
  crowd{{tally.port()}, answers, 16, 1}.wait();
  const auto found = redis.visits();
  const auto size = std::filesystem::file_size(redis.append_only_file());

  proxy.next({kind::cut_before});
  const int before = answers.count(200);
  crowd visitors{{tally.port()}, answers, 16, 1};
  REQUIRE(eventually([&] { return answers.count(200) > before; }));
  redis.kill();
  REQUIRE(proxy.connections() == 2); // the other worker has not connected again
  std::filesystem::resize_file(redis.append_only_file(), size);
  redis.start();
  REQUIRE(redis.visits() == found);
  visitors.wait();
  check_shown(answers, redis);
  CHECK(answers.count(200) + answers.count(504) == answers.size());
}
