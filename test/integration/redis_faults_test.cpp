#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "visitors.hpp"

#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("a visit answers 503 while Redis is away and counts when it comes", "[integration]")
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

TEST_CASE("counting goes on after Redis was killed and restarted", "[integration]")
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
  visitors crowd{tally.port(), 16, 1'000'000};
  for (std::size_t times = 1; times <= 3; ++times) {
    const auto before = crowd.answered();
    REQUIRE(eventually([&] { return crowd.answered() > before + 200; }));
    redis.kill();
    tally.wait_for_event("redis_lost", 2 * times); // once a worker
    redis.start();
    tally.wait_for_event("redis_ready", 2 * (times + 1));
  }
  crowd.leave();
  const auto visits = crowd.result();
  CHECK(visits.unanswered == 0);
  CHECK(visits.distinct());
  const auto shown = static_cast<long long>(visits.shown.size());
  const auto total = redis.visits();
  CHECK(shown <= total);
  CHECK(total <= shown + visits.unknown);
  CHECK(visits.shown.back() <= total);
  CHECK(tally.stop() == 0);
}

TEST_CASE("a visit that a frozen Redis does not answer is told so in time", "[integration]")
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
  http_response back;
  REQUIRE(eventually([&] {
    back = tally.get("/count");
    unknown += back.status == 504;
    return back.status == 200;
  }));
  const auto total = redis.visits();
  CHECK(back.number() <= total);
  CHECK(2 <= total);
  CHECK(total <= 2 + unknown);
  CHECK(tally.get("/count").number() > back.number());
}

TEST_CASE("readiness goes when Redis freezes while nobody visits", "[integration]")
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

TEST_CASE("the totals obey their bounds when Redis freezes under load", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_THREADS", "2"},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_VISIT_TIMEOUT_MS", "200"}}};
  visitors crowd{tally.port(), 16, 1'000'000};
  REQUIRE(eventually([&] { return crowd.answered() > 200; }));
  redis.freeze();
  tally.wait_for_event("redis_lost", 2);
  redis.thaw();
  tally.wait_for_readyz(200);
  const auto before = crowd.answered();
  REQUIRE(eventually([&] { return crowd.answered() > before + 200; }));
  crowd.leave();
  const auto visits = crowd.result();
  CHECK(visits.unanswered == 0);
  CHECK(visits.unknown > 0);
  CHECK(visits.distinct());
  const auto shown = static_cast<long long>(visits.shown.size());
  const auto total = redis.visits();
  CHECK(shown <= total);
  CHECK(total <= shown + visits.unknown);
}

TEST_CASE("visits beyond what may wait are refused at once", "[integration]")
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
    clients.back().send(request_text("GET", "/count"));
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

TEST_CASE("a cut connection to Redis is made anew", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
}
