#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "visitors.hpp"

#include <atomic>
#include <exception>
#include <future>
#include <optional>
#include <signal.h>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

/// Waits for the end: all of it was let go of, and nothing had to be given up.
bool ended_well(tally_process& tally)
{
  const auto status = tally.wait();
  const auto stopped = tally.wait_for_event("stopped");
  return status == 0 && !stopped.contains("reason");
}

bool stopped_well(tally_process& tally)
{
  tally.signal(SIGTERM);
  return ended_well(tally);
}

} // namespace

TEST_CASE("a drain under load loses no visit that was answered", "[integration]")
{
  const std::string threads = GENERATE("1", "3");
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", threads}}};
  constexpr int connections = 24;
  visitors crowd{tally.port(), connections, 1'000'000};
  REQUIRE(eventually([&] { return crowd.answered() > 500; }));
  CHECK(stopped_well(tally));

  const auto visits = crowd.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.last_words == connections);
  CHECK(visits.contiguous_to(redis.visits()));
}

TEST_CASE("readiness goes first when tally drains", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "2000"}}};
  auto client = tally.connect();
  CHECK(client.get("/count").number() == 1);
  tally.signal(SIGTERM);
  CHECK(tally.wait_for_event("draining").at("signal").as_string() == "SIGTERM");

  tally.wait_for_readyz(503); // the log speaks first; the workers hear of it on their own threads
  // New connections are still served, so that nobody is turned away before the peers know.
  const auto readyz = tally.get("/readyz");
  CHECK(readyz.status == 503);
  CHECK(contains(readyz.body, "drain"));
  CHECK(tally.get("/livez").status == 200);
  CHECK(tally.get("/count").number() == 2);
  const auto last = client.get("/count");
  CHECK(last.number() == 3);
  CHECK(last.closes());
  CHECK(client.ended());
  CHECK(ended_well(tally));
  CHECK(redis.visits() == 3);
}

TEST_CASE("SIGINT drains as SIGTERM does", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  tally.signal(SIGINT);
  CHECK(ended_well(tally));
  CHECK(tally.events("draining").front().at("signal").as_string() == "SIGINT");
}

TEST_CASE("idle connections do not hold up a stop", "[integration]")
{
  redis_server redis;
  tally_process tally{
      redis,
      {{"TALLY_THREADS", "2"}, {"TALLY_DRAIN_DELAY_MS", "0"}, {"TALLY_DRAIN_GRACE_MS", "600000"}}};
  std::vector<http_client> idle;
  idle.reserve(20);
  for (int i = 0; i < 20; ++i)
    idle.push_back(tally.connect());
  for (int i = 0; i < 10; ++i) // the other ten never said a word
    idle[static_cast<std::size_t>(i)].get("/count");
  CHECK(stopped_well(tally));
  for (auto& client : idle)
    CHECK(client.ended());
}

TEST_CASE("a visitor who waits to be let in when tally drains is still served", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "1"}, {"TALLY_DRAIN_DELAY_MS", "0"}}};
  auto inside = tally.connect();
  CHECK(inside.get("/count").number() == 1);
  auto waiting = tally.connect(); // in the kernel's queue
  waiting.send(request_text("GET", "/count"));
  CHECK(stopped_well(tally));
  CHECK(inside.ended());
  const auto last = waiting.read();
  CHECK(last.number() == 2);
  CHECK(last.closes());
}

TEST_CASE("a connection that is accepted last has time for its first request", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "1"}, {"TALLY_DRAIN_DELAY_MS", "1500"}}};
  auto inside = tally.connect();
  CHECK(inside.get("/count").number() == 1);
  auto waiting = tally.connect(); // in the kernel's queue, until the drain accepts it
  tally.signal(SIGTERM);
  CHECK(inside.ended()); // now the listener is closed, too
  waiting.send(request_text("GET", "/count"));
  const auto last = waiting.read();
  CHECK(last.number() == 2);
  CHECK(last.closes());
  CHECK(ended_well(tally));
}

TEST_CASE("a connection made while tally stops is answered or refused", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}, {"TALLY_DRAIN_DELAY_MS", "0"}}};
  std::atomic<int> answered{0};
  std::atomic<int> broken{0};
  std::vector<std::future<void>> crowd;
  for (int i = 0; i != 16; ++i)
    crowd.push_back(std::async(std::launch::async, [&] {
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
  CHECK(stopped_well(tally));
  for (auto& each : crowd)
    each.wait();
  CHECK(broken == 0);
  CHECK(redis.visits() == answered);
}

TEST_CASE("the last answer to what has arrived says that the connection ends", "[integration]")
{
  const int requests = GENERATE(1, 3);
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "3000"}}};
  auto client = tally.connect();
  CHECK(client.get("/count").number() == 1);
  redis.freeze();
  std::string pipelined;
  for (int i = 0; i != requests; ++i)
    pipelined += request_text("GET", "/count");
  client.send(pipelined);
  CHECK(tally.get("/livez").status == 200); // what was sent before has been read
  tally.signal(SIGTERM);
  tally.wait_for_readyz(503);
  redis.thaw();
  for (int i = 1; i <= requests; ++i) {
    const auto answer = client.read();
    CHECK(answer.number() == 1 + i);
    CHECK(answer.closes() == (i == requests));
  }
  CHECK(client.ended());
  CHECK(ended_well(tally));
}

TEST_CASE("the grace ends for a request that never ends", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_DRAIN_GRACE_MS", "300"}, {"TALLY_REQUEST_TIMEOUT_MS", "600000"}}};
  auto client = tally.connect();
  client.send("GET /count HTTP/1.1\r\nHost: ");
  CHECK(stopped_well(tally));
  CHECK(redis.visits() == 0);
}

TEST_CASE("a visit that waits for a frozen Redis does not hold up a stop", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_THREADS", "2"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "500"},
                       {"TALLY_VISIT_TIMEOUT_MS", "500"}}};
  redis.freeze();
  auto client = tally.connect();
  client.send(request_text("GET", "/count"));
  tally.signal(SIGTERM);
  const auto response = client.read();
  CHECK((response.status == 503 || response.status == 504));
  CHECK(ended_well(tally));
}

TEST_CASE("tally stops while Redis is frozen and nobody asks", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  redis.freeze();
  CHECK(stopped_well(tally));
}

TEST_CASE("tally stops while Redis is away", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(
      redis, {{"TALLY_REDIS_BACKOFF_MIN_MS", "60000"}, {"TALLY_REDIS_BACKOFF_MAX_MS", "60000"}})};
  tally.wait_for_event("redis_unreachable");
  CHECK(stopped_well(tally));
}

TEST_CASE("a second SIGTERM changes nothing", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "500"}}};
  tally.signal(SIGTERM);
  tally.wait_for_event("draining");
  tally.signal(SIGTERM);
  CHECK(ended_well(tally));
}

TEST_CASE("a second SIGINT does not wait for the drain", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_DRAIN_DELAY_MS", "600000"}}};
  tally.signal(SIGINT);
  tally.wait_for_event("draining");
  REQUIRE(eventually([&] {
    tally.signal(SIGINT); // the first may come before tally lets go of it
    return !tally.running();
  }));
  CHECK(tally.wait() == 128 + SIGINT);
}
