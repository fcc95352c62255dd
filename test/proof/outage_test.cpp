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

TEST_CASE("every visit is counted once while connections are killed or the script is forgotten",
          "[proof]")
{
  const auto command = GENERATE(values<std::vector<std::string>>(
      {{"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}, {"SCRIPT", "FLUSH"}}));
  INFO(command.front());
  redis_server redis;
  // Of two workers, one could be interrupted twice while it connects, and refuse visits, while the
  // answers that the test waits for come from the other.
  tally_process tally{redis, patient()};
  history answers;
  crowd visitors{{tally.port()}, answers, 16};
  auto admin = redis.connect();
  for (int i = 0; i < 15; ++i) {
    wait_for_more(answers, 40);
    admin.command(command);
  }
  wait_for_more(answers, 40);
  visitors.end();
  check_all_counted(answers, redis, answers.size());
}

TEST_CASE("every visit that was not refused is counted once while Redis is killed", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, patient({{"TALLY_THREADS", "2"}})};
  history answers;
  crowd visitors{{tally.port()}, answers, 16};
  for (int i = 0; i < 4; ++i) {
    wait_for_more(answers, 200);
    redis.kill();
    // The crowd may wait for the outcome of batches in flight.
    REQUIRE(eventually([&] { return tally.get("/count").status == 503; }));
    redis.start();
  }
  wait_for_more(answers, 200);
  visitors.end();
  check_promises(answers, redis);
  CHECK(answers.count(504) == 0);
  CHECK(answers.count(answer::lost) == 0);
  CHECK(redis.visits() == answers.count(200));
  CHECK(tally.stop() == 0);
}

TEST_CASE("visits are answered in time while Redis is frozen longer than they wait", "[proof]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_THREADS", "2"},
                       {"TALLY_VISIT_TIMEOUT_MS", "1000"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "300"}}};
  history answers;
  crowd visitors{{tally.port()}, answers, 16};
  for (int i = 0; i < 2; ++i) {
    wait_for_more(answers, 100);
    redis.freeze();
    wait_for_more(answers, 1, 504);
    wait_for_more(answers, 100, 503);
    redis.thaw();
    wait_for_more(answers, 100);
  }
  visitors.end();
  check_promises(answers, redis);
  CHECK(answers.count(answer::lost) == 0);
  CHECK(answers.count(504) <= 2 * 16);
  CHECK(answers.slowest() >= std::chrono::milliseconds{900});
  CHECK(answers.slowest() < std::chrono::seconds{6}); // the deadline, and a busy machine
}

TEST_CASE("the promises hold while Tally is drained and restarted under load", "[proof]")
{
  redis_server redis;
  const reserved_port port;
  const auto settings = patient({{"PORT", std::to_string(port.number())}, {"TALLY_THREADS", "2"}});
  std::optional<tally_process> tally;
  tally.emplace(redis, settings);
  history answers;
  crowd visitors{{port.number()}, answers, 16};
  for (int i = 0; i < 3; ++i) {
    wait_for_more(answers, 200);
    CHECK(tally->stop() == 0);
    tally.emplace(redis, settings);
  }
  wait_for_more(answers, 200);
  visitors.end();
  check_promises(answers, redis);
  CHECK(answers.count(503) == 0);
  CHECK(answers.count(504) == 0);
}

TEST_CASE("the promises hold while Tally is killed and restarted under load", "[proof]")
{
  redis_server redis;
  const reserved_port port;
  const auto settings = patient({{"PORT", std::to_string(port.number())}});
  std::optional<tally_process> tally;
  tally.emplace(redis, settings);
  history answers;
  crowd visitors{{port.number()}, answers, 16};
  for (int i = 0; i < 3; ++i) {
    wait_for_more(answers, 200);
    tally->signal(SIGKILL);
    tally->wait();
    tally.emplace(redis, settings);
  }
  wait_for_more(answers, 200);
  visitors.end();
  check_promises(answers, redis);
}

TEST_CASE("every visit is counted once by three replicas on one Redis", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  std::list<tally_process> replicas;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 3; ++i) {
    replicas.emplace_back(pointing_at(proxy, patient()));
    wait_until_ready(replicas.back());
    ports.push_back(replicas.back().port());
  }
  proxy.every(7, {fault::kind::cut_after});
  history answers;
  crowd{ports, answers, 18, 60}.wait();
  check_all_counted(answers, redis, 18 * 60);
  CHECK(proxy.faults() > 5);
}
