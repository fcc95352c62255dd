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

TEST_CASE("a rollback is logged once, and numbers continue above the largest one shown", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  tally_process tally{redis, worker_settings(workers)};
  auto clients = connect_clients(tally);
  long long shown = check_rising(clients, 0);
  CHECK(shown == redis.visits());
  CHECK(tally.events("redis_rolled_back").empty());

  redis.connect().command({"FLUSHALL"});
  const auto mark = shown;
  shown = check_rising(clients, shown);
  check_rolled_back(tally, 1, mark, 0);

  redis.connect().command({"SET", "visits", "3"});
  const auto second_mark = shown;
  shown = check_rising(clients, shown);
  check_rolled_back(tally, 2, second_mark, 3);
  CHECK(redis.visits() == shown);
}

TEST_CASE("no number is shown twice when Redis is flushed under load", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  tally_under_load load{workers};
  auto& [redis, tally, outcomes, visitors] = load;
  for (std::size_t times = 1; times <= 5; ++times) {
    wait_for_more(outcomes, 200);
    redis.connect().command({"FLUSHALL"});
    tally.wait_for_event("redis_rolled_back", times);
  }
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises_after_rollback(outcomes, redis);
  CHECK(outcomes.count(200) == outcomes.size());
  CHECK(tally.events("redis_rolled_back").size() == 5);
}

// The late reply holds numbers from before the rollback.
TEST_CASE("a late reply shows no number that was counted again after a rollback", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, worker_settings(4))};
  wait_until_ready(tally, 4);
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 3}.wait();
  for (int times = 0; times < 5; ++times) {
    const auto before = redis.visits();
    proxy.inject({kind::delay, "", std::chrono::milliseconds{100}});
    crowd late{{tally.port()}, outcomes, 1, 1};
    REQUIRE(eventually([&] { return redis.visits() > before; }));
    redis.connect().command({"FLUSHALL"});
    crowd{{tally.port()}, outcomes, 16, 2}.wait();
    late.wait();
  }
  check_promises_after_rollback(outcomes, redis);
  CHECK(outcomes.count(200) == outcomes.size());
}

TEST_CASE("no number is shown twice when Redis restarts with a truncated file", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, long_timeouts()};
  auto clients = connect_clients(tally);
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

TEST_CASE("no number is shown twice when Redis restarts with a truncated file under load",
          "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  tally_under_load load{workers, counters};
  auto& [redis, tally, outcomes, visitors] = load;
  for (std::size_t times = 1; times <= 2; ++times) {
    wait_for_more(outcomes, 100);
    const auto size = std::filesystem::file_size(redis.append_only_file());
    wait_for_more(outcomes, 200);
    redis.kill();
    std::filesystem::resize_file(redis.append_only_file(), size);
    redis.start();
    tally.wait_for_event("redis_rolled_back", times);
  }
  wait_for_more(outcomes, 200);
  visitors.stop();
  // A counter is raised when it is visited.
  crowd{{tally.port()}, outcomes, 1, static_cast<int>(counters.size()), counters}.wait();
  check_promises_after_rollback(outcomes, redis);
  CHECK(tally.events("redis_rolled_back").size() == 2);
}

TEST_CASE("no number is shown twice after a failover to a lagging replica", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server master;
  redis_server replica;
  auto promoted = replica.connect();
  promoted.command({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  fault_proxy proxy{master.port()};
  tally_process tally{pointing_at(proxy, worker_settings(workers))};
  wait_until_ready(tally, static_cast<std::size_t>(workers));
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 32};
  REQUIRE(eventually([&] { return replica.visits() > 200; }));

  const reserved_port unused_port;
  promoted.command({"REPLICAOF", "127.0.0.1", std::to_string(unused_port.number())});
  const auto found = replica.visits();
  wait_for_more(outcomes, 200);
  master.kill();
  promoted.command({"REPLICAOF", "NO", "ONE"});
  proxy.redirect(replica.port());
  const auto event = tally.wait_for_event("redis_rolled_back");
  CHECK(event.at("found").as_int64() == found);
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises_after_rollback(outcomes, replica);
  CHECK(tally.events("redis_rolled_back").size() == 1);
}

// Redis loses exactly the numbers that one worker showed while a batch of the other was in doubt.
TEST_CASE("a batch that is sent again after a rollback repeats no number of another worker",
          "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts({{"TALLY_THREADS", "2"},
                                                        {"TALLY_REDIS_BACKOFF_MIN_MS", "4000"},
                                                        {"TALLY_REDIS_BACKOFF_MAX_MS", "4000"}}))};
  wait_until_ready(tally, 2);
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 1}.wait();
  const auto found = redis.visits();
  const auto size = std::filesystem::file_size(redis.append_only_file());

  proxy.inject({kind::cut_before});
  const int before = outcomes.count(200);
  crowd visitors{{tally.port()}, outcomes, 16, 1};
  REQUIRE(eventually([&] { return outcomes.count(200) > before; }));
  redis.kill();
  REQUIRE(proxy.connections() == 2); // the other worker has not reconnected
  std::filesystem::resize_file(redis.append_only_file(), size);
  redis.start();
  REQUIRE(redis.visits() == found);
  visitors.wait();
  // Tally raises a counter to its high-water mark only at a visit. If all visits of the other
  // worker were in the batch in doubt, none has followed the rollback yet.
  crowd{{tally.port()}, outcomes, 1, 1}.wait();
  check_promises_after_rollback(outcomes, redis);
  CHECK(outcomes.count(200) + outcomes.count(504) == outcomes.size());
}
