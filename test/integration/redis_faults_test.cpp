#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "visitors.hpp"

#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("a visit gets 503 while Redis is unreachable and counts once Redis starts",
          "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis)};
  tally.wait_for_event("redis_unreachable");
  for (const std::string target : {"/count", "/total"}) {
    const auto response = tally.get(target);
    INFO(target << ": " << response.body);
    CHECK(response.status == 503);
    CHECK(std::stoi(response.header("Retry-After")) > 0);
  }
  CHECK(tally.get("/").status == 200);
  CHECK(tally.get("/livez").status == 200);
  CHECK(tally.wait_for_readyz(503).size() > 1);

  redis.start();
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("counting continues after Redis was killed and restarted", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (int number = 1; number <= 3; ++number)
    CHECK(tally.get("/count").number() == number);

  redis.kill();
  tally.wait_for_event("redis_lost");
  tally.wait_for_readyz(503);
  CHECK(tally.get("/count").status == 503);

  redis.start();
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/readyz").status == 200);
  CHECK(tally.get("/count").number() == 4);
}

TEST_CASE("no number is shown twice while Redis is killed under load", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}}};
  check_counting_through_kills(redis, tally, 3);
}

TEST_CASE("a visit gets 504 in time while Redis is frozen", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_VISIT_TIMEOUT_MS", "300"},
                       {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "300"}}};
  CHECK(tally.get("/count").number() == 1);

  redis.freeze();
  CHECK(tally.get("/count").status == 504);
  tally.wait_for_event("redis_lost");
  int unknown = 1;
  for (int i = 0; i < 5; ++i) {
    const auto status = tally.get("/count").status;
    CHECK((status == 503 || status == 504));
    unknown += status == 504;
  }
  CHECK(tally.get("/").status == 200);

  redis.thaw();
  http_response response;
  REQUIRE(eventually([&] {
    response = tally.get("/count");
    unknown += response.status == 504;
    return response.status == 200;
  }));
  const auto total = redis.visits();
  CHECK(response.number() <= total);
  CHECK(2 <= total);
  CHECK(total <= 2 + unknown);
  CHECK(tally.get("/count").number() > response.number());
}

TEST_CASE("readiness ends when Redis freezes while there are no visits", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_REDIS_PING_INTERVAL_MS", "100"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_VISIT_TIMEOUT_MS", "300"}}};
  redis.freeze();
  tally.wait_for_readyz(503);
  redis.thaw();
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("the total stays within its bounds when Redis freezes under load", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_THREADS", "2"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_VISIT_TIMEOUT_MS", "200"}}};
  visitors clients{tally.port(), 16, 1'000'000};
  REQUIRE(eventually([&] { return clients.answered() > 200; }));
  redis.freeze();
  tally.wait_for_event("redis_lost", 2);
  redis.thaw();
  tally.wait_for_readyz(200);
  const auto before = clients.answered();
  REQUIRE(eventually([&] { return clients.answered() > before + 200; }));
  clients.leave();
  const auto visits = clients.result();
  CHECK(visits.unanswered == 0);
  CHECK(visits.unknown > 0);
  CHECK(visits.distinct());
  const auto shown = static_cast<long long>(visits.shown.size());
  const auto total = redis.visits();
  CHECK(shown <= total);
  CHECK(total <= shown + visits.unknown);
}

TEST_CASE("visits beyond the waiting limit are refused immediately", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_MAX_WAITING_VISITS", "3"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "1000"},
                       {"TALLY_VISIT_TIMEOUT_MS", "1000"}}};
  redis.freeze();
  std::vector<http_client> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(tally.connect());
    clients.back().send(visit_text());
  }
  int refused = 0;
  int unknown = 0;
  for (auto& client : clients) {
    const auto status = client.read().status;
    refused += status == 503;
    unknown += status == 504;
  }
  CHECK(refused + unknown == 20);
  CHECK(unknown <= 3);
  CHECK(unknown > 0);
  redis.thaw();
  tally.wait_for_readyz(200);
  CHECK(redis.visits() <= unknown);
}

TEST_CASE("a lost connection to Redis is restored", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
}
