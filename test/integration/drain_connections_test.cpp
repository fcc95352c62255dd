// What a drain does with open, waiting and new connections.
#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "wait.hpp"

#include <atomic>
#include <exception>
#include <future>
#include <optional>
#include <signal.h>
#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("idle connections do not delay shutdown", "[integration]")
{
  redis_server redis;
  tally_process tally{
      redis,
      {{"TALLY_THREADS", "2"}, {"TALLY_DRAIN_DELAY_MS", "0"}, {"TALLY_DRAIN_GRACE_MS", "600000"}}};
  std::vector<http_client> idle;
  idle.reserve(20);
  for (int i = 0; i < 20; ++i)
    idle.push_back(tally.connect());
  for (int i = 0; i < 10; ++i) // the other ten never send a byte
    idle[static_cast<std::size_t>(i)].get("/count");
  CHECK(tally.stops_cleanly());
  for (auto& client : idle)
    CHECK(client.ended());
}

TEST_CASE("a connection that waits in the kernel's queue is served when a drain begins",
          "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "1"}, {"TALLY_DRAIN_DELAY_MS", "0"}}};
  auto accepted = tally.connect();
  CHECK(accepted.get("/count").number() == 1);
  auto waiting = tally.connect(); // in the kernel's queue
  waiting.send(visit_text());
  CHECK(tally.stops_cleanly());
  CHECK(accepted.ended());
  const auto last = waiting.read();
  CHECK(last.number() == 2);
  CHECK(last.closes());
}

TEST_CASE("the connection accepted last has time for its first request", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "1"}, {"TALLY_DRAIN_DELAY_MS", "1500"}}};
  auto accepted = tally.connect();
  CHECK(accepted.get("/count").number() == 1);
  auto waiting = tally.connect(); // in the kernel's queue, until the drain accepts it
  tally.signal(SIGTERM);
  CHECK(accepted.ended()); // the listener is closed now, too
  waiting.send(visit_text());
  const auto last = waiting.read();
  CHECK(last.number() == 2);
  CHECK(last.closes());
  CHECK(tally.exits_cleanly());
}

TEST_CASE("a connection made during shutdown is answered or refused", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}, {"TALLY_DRAIN_DELAY_MS", "0"}}};
  std::atomic<int> answered{0};
  std::atomic<int> broken{0};
  std::vector<std::future<void>> tasks;
  for (int i = 0; i != 16; ++i)
    tasks.push_back(std::async(std::launch::async, [&] {
      for (;;) {
        std::optional<http_client> client;
        try {
          client.emplace(tally.port());
        } catch (const std::exception&) {
          return; // refused
        }
        try {
          client->get("/count");
          ++answered;
        } catch (const std::exception&) {
          ++broken;
        }
      }
    }));
  REQUIRE(eventually([&] { return answered > 200; }));
  CHECK(tally.stops_cleanly());
  for (auto& each : tasks)
    each.wait();
  CHECK(broken == 0);
  CHECK(redis.visits() == answered);
}

TEST_CASE("during a drain the last response to the received requests closes the connection",
          "[integration]")
{
  const int requests = GENERATE(1, 3);
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "3000"}}};
  auto client = tally.connect();
  CHECK(client.get("/count").number() == 1);
  redis.freeze();
  std::string pipelined;
  for (int i = 0; i != requests; ++i)
    pipelined += visit_text();
  client.send(pipelined);
  CHECK(tally.get("/livez").status == 200); // everything sent before has been read
  tally.signal(SIGTERM);
  tally.wait_for_readyz(503);
  redis.thaw();
  for (int i = 1; i <= requests; ++i) {
    const auto response = client.read();
    CHECK(response.number() == 1 + i);
    CHECK(response.closes() == (i == requests));
  }
  CHECK(client.ended());
  CHECK(tally.exits_cleanly());
}
