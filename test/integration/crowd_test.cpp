// More connections than there is room for: those beyond wait and are let in when others leave.
#include "catch.hpp"
#include "descriptor_limit.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <set>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

const std::string visit = request_text("GET", "/count");

std::vector<http_client> crowd(const tally_process& tally, std::size_t size)
{
  std::vector<http_client> clients;
  clients.reserve(size);
  while (clients.size() < size)
    clients.emplace_back(tally.port());
  return clients;
}

} // namespace

TEST_CASE("a thousand idle connections cost the others nothing", "[integration][endurance]")
{
  constexpr std::size_t idle = 1000;
  const descriptor_limit room{4 * idle};
  redis_server redis;
  tally_process tally{redis};
  auto waiting = crowd(tally, idle);
  for (std::size_t i = 0; i < idle; i += 2) // half of them have been served before
    REQUIRE(waiting[i].get("/livez").status == 200);
  auto honest = tally.connect();
  for (int number = 1; number <= 200; ++number)
    REQUIRE(honest.get("/count").number() == number);
  CHECK(tally.get("/count").number() == 201);
  for (auto& each : waiting)
    each.send(visit);
  std::set<long long> shown;
  for (auto& each : waiting)
    shown.insert(each.read().number());
  CHECK(shown.size() == idle);
  CHECK(redis.visits() == 201 + static_cast<long long>(idle));
}

TEST_CASE("clients beyond the limit of connections are served when others leave",
          "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "2"}}};
  std::set<long long> shown;
  {
    auto clients = crowd(tally, 6);
    for (auto& each : clients)
      each.send(visit);
    // They are let in in the order in which they came.
    while (!clients.empty()) {
      shown.insert(clients.front().read().number());
      shown.insert(clients.front().get("/count").number()); // it stays for as long as it likes
      clients.erase(clients.begin());
    }
  }
  CHECK(shown.size() == 12);
  CHECK(tally.get("/total").number() == 12);
}

TEST_CASE("at the limit of connections the longest idle one gives way", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "2"}, {"TALLY_REQUEST_TIMEOUT_MS", "500"}}};
  auto longest = tally.connect();
  auto shorter = tally.connect();
  CHECK(longest.get("/count").number() == 1);
  CHECK(shorter.get("/count").number() == 2);
  auto waiting = tally.connect();
  waiting.send(visit);
  CHECK(longest.ended());
  CHECK(shorter.get("/total").status == 200);
  CHECK(waiting.read().number() == 3);
  CHECK_FALSE(tally.events("connections_at_limit").empty());
}

TEST_CASE("nobody gives way for a place that nobody waits for", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "2"}, {"TALLY_REQUEST_TIMEOUT_MS", "500"}}};
  auto idle = tally.connect();
  CHECK(idle.get("/count").number() == 1);
  CHECK(tally.connect().ended()); // it has not asked in time: the other is idle for longer
  auto last = tally.connect();
  CHECK(last.get("/count").number() == 2);
  CHECK(idle.get("/count").number() == 3);
  CHECK(tally.events("connections_at_limit").empty());
}

TEST_CASE("a lack of descriptors keeps new connections waiting and ends none",
          "[integration][endurance]")
{
  constexpr std::size_t clients = 200;
  constexpr std::size_t together = 20;
  redis_server redis;
  tally_process tally{redis, {}, {"sh", "-c", "ulimit -n 64; exec \"$0\"", tally_executable()}};
  auto first = tally.connect();
  CHECK(first.get("/count").number() == 1);
  auto waiting = crowd(tally, clients);
  for (auto& each : waiting)
    each.send(visit);
  CHECK(first.get("/total").status == 200);
  std::set<long long> shown;
  while (!waiting.empty()) {
    for (std::size_t i = 0; i < together; ++i)
      shown.insert(waiting[i].read().number());
    CHECK(first.get("/total").status == 200);
    waiting.erase(waiting.begin(), waiting.begin() + together);
  }
  CHECK(shown.size() == clients);
  CHECK(first.get("/count").number() == 2 + static_cast<long long>(clients));
  CHECK(tally.get("/count").number() == 3 + static_cast<long long>(clients));
  CHECK(tally.stop() == 0);
}
