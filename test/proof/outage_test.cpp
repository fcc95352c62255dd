#include "crowd.hpp"
#include "proof.hpp"
#include "tcp_listener.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("every visit is counted once while connections are killed or the script cache is flushed",
          "[proof]")
{
  const auto command = GENERATE(values<std::vector<std::string>>(
      {{"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}, {"SCRIPT", "FLUSH"}}));
  INFO(command.front());
  redis_server redis;
  // Only one worker: one of two could be interrupted twice while it connects, and refuse visits.
  // Meanwhile the other would send the responses that the test waits for.
  tally_process tally{redis, long_timeouts()};
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16};
  auto admin = redis.connect();
  for (int i = 0; i < 15; ++i) {
    wait_for_more(outcomes, 40);
    admin.command(command);
  }
  wait_for_more(outcomes, 40);
  visitors.stop();
  check_all_counted(outcomes, redis, outcomes.size());
}

TEST_CASE("every visit that was not refused is counted once while Redis is killed and restarted",
          "[proof]")
{
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  redis_server redis;
  tally_process tally{redis, worker_settings(2)};
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16, crowd::endless, counters};
  for (int i = 0; i < 4; ++i) {
    wait_for_more(outcomes, 200);
    redis.kill();
    // The visitors may still wait for the outcome of batches in flight.
    REQUIRE(eventually([&] { return tally.get("/count").status == 503; }));
    redis.start();
  }
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(504) == 0);
  CHECK(outcomes.count(outcome::lost) == 0);
  CHECK(total_of(outcomes, redis) == outcomes.count(200));
  CHECK(tally.stop() == 0);
}

TEST_CASE("visits are answered in time while Redis is frozen for longer than the visit timeout",
          "[proof]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_THREADS", "2"},
                       {"TALLY_VISIT_TIMEOUT_MS", "1000"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "300"}}};
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16};
  for (int i = 0; i < 2; ++i) {
    wait_for_more(outcomes, 100);
    redis.freeze();
    wait_for_more(outcomes, 1, 504);
    wait_for_more(outcomes, 100, 503);
    redis.thaw();
    wait_for_more(outcomes, 100);
  }
  visitors.stop();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(outcome::lost) == 0);
  CHECK(outcomes.count(504) <= 2 * 16);
  CHECK(outcomes.slowest() >= std::chrono::milliseconds{900});
  CHECK(outcomes.slowest() < std::chrono::seconds{6}); // the timeout, and time for a busy machine
}

TEST_CASE("the promises hold while Tally is drained and restarted under load", "[proof]")
{
  redis_server redis;
  const reserved_port port;
  const auto settings =
      long_timeouts({{"PORT", std::to_string(port.number())}, {"TALLY_THREADS", "2"}});
  std::optional<tally_process> tally;
  tally.emplace(redis, settings);
  history outcomes;
  crowd visitors{{port.number()}, outcomes, 16};
  for (int i = 0; i < 3; ++i) {
    wait_for_more(outcomes, 200);
    CHECK(tally->stop() == 0);
    tally.emplace(redis, settings);
  }
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises(outcomes, redis);
  CHECK(outcomes.count(503) == 0);
  CHECK(outcomes.count(504) == 0);
}

TEST_CASE("the promises hold while Tally is killed and restarted under load", "[proof]")
{
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  redis_server redis;
  const reserved_port port;
  const auto settings = long_timeouts({{"PORT", std::to_string(port.number())}});
  std::optional<tally_process> tally;
  tally.emplace(redis, settings);
  history outcomes;
  crowd visitors{{port.number()}, outcomes, 16, crowd::endless, counters};
  for (int i = 0; i < 3; ++i) {
    wait_for_more(outcomes, 200);
    tally->signal(SIGKILL);
    tally->wait();
    tally.emplace(redis, settings);
  }
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises(outcomes, redis);
}

TEST_CASE("three replicas on one Redis count every visit once", "[proof]")
{
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  std::list<tally_process> replicas;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 3; ++i) {
    replicas.emplace_back(pointing_at(proxy, long_timeouts()));
    wait_until_ready(replicas.back());
    ports.push_back(replicas.back().port());
  }
  proxy.inject_every(7, {fault::kind::cut_after});
  history outcomes;
  crowd{ports, outcomes, 18, 60, counters}.wait();
  check_all_counted(outcomes, redis, 18 * 60);
  CHECK(proxy.faults() > 5);
}
