// More connections than the limit: the excess waits and is accepted when others close.
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

std::vector<http_client> connect_clients(const tally_process& tally, std::size_t count)
{
  std::vector<http_client> clients;
  clients.reserve(count);
  while (clients.size() < count)
    clients.emplace_back(tally.port());
  return clients;
}

} // namespace

TEST_CASE("a thousand idle connections do not disturb the others", "[integration][endurance]")
{
  constexpr std::size_t idle = 1000;
  const descriptor_limit descriptors{4 * idle};
  redis_server redis;
  tally_process tally{redis};
  auto waiting = connect_clients(tally, idle);
  for (std::size_t i = 0; i < idle; i += 2) // half of them have sent a request before
    REQUIRE(waiting[i].get("/livez").status == 200);
  auto active = tally.connect();
  for (int number = 1; number <= 200; ++number)
    REQUIRE(active.get("/count").number() == number);
  CHECK(tally.get("/count").number() == 201);
  for (auto& each : waiting)
    each.send(visit_text());
  std::set<long long> shown;
  for (auto& each : waiting)
    shown.insert(each.read().number());
  CHECK(shown.size() == idle);
  CHECK(redis.visits() == 201 + static_cast<long long>(idle));
}

TEST_CASE("connections beyond the limit are served when others close", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "2"}}};
  std::set<long long> shown;
  {
    auto clients = connect_clients(tally, 6);
    for (auto& each : clients)
      each.send(visit_text());
    // They are accepted in the order in which they connected.
    while (!clients.empty()) {
      shown.insert(clients.front().read().number());
      shown.insert(clients.front().get("/count").number()); // an accepted connection stays open
      clients.erase(clients.begin());
    }
  }
  CHECK(shown.size() == 12);
  CHECK(tally.get("/total").number() == 12);
}

TEST_CASE("at the connection limit the longest idle connection is closed",
          "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "2"}, {"TALLY_REQUEST_TIMEOUT_MS", "500"}}};
  auto idle_longer = tally.connect();
  auto idle_shorter = tally.connect();
  CHECK(idle_longer.get("/count").number() == 1);
  CHECK(idle_shorter.get("/count").number() == 2);
  auto waiting = tally.connect();
  waiting.send(visit_text());
  CHECK(idle_longer.ended());
  CHECK(idle_shorter.get("/total").status == 200);
  CHECK(waiting.read().number() == 3);
  CHECK_FALSE(tally.events("connections_at_limit").empty());
}

TEST_CASE("no idle connection is closed while no connection waits", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_CONNECTIONS", "2"}, {"TALLY_REQUEST_TIMEOUT_MS", "500"}}};
  auto idle = tally.connect();
  CHECK(idle.get("/count").number() == 1);
  CHECK(tally.connect().ended()); // closed because it sent no request in time
  auto last = tally.connect();
  CHECK(last.get("/count").number() == 2);
  CHECK(idle.get("/count").number() == 3);
  CHECK(tally.events("connections_at_limit").empty());
}

TEST_CASE("without free descriptors new connections wait and none is closed",
          "[integration][endurance]")
{
  constexpr std::size_t clients = 200;
  constexpr std::size_t group_size = 20;
  redis_server redis;
  tally_process tally{redis, {}, {"sh", "-c", "ulimit -n 64; exec \"$0\"", tally_executable()}};
  auto first = tally.connect();
  CHECK(first.get("/count").number() == 1);
  auto waiting = connect_clients(tally, clients);
  for (auto& each : waiting)
    each.send(visit_text());
  CHECK(first.get("/total").status == 200);
  std::set<long long> shown;
  while (!waiting.empty()) {
    for (std::size_t i = 0; i < group_size; ++i)
      shown.insert(waiting[i].read().number());
    CHECK(first.get("/total").status == 200);
    waiting.erase(waiting.begin(), waiting.begin() + group_size);
  }
  CHECK(shown.size() == clients);
  CHECK(first.get("/count").number() == 2 + static_cast<long long>(clients));
  CHECK(tally.get("/count").number() == 3 + static_cast<long long>(clients));
  CHECK(tally.stop() == 0);
}
