#include "catch.hpp"
#include "counters.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace tally::test;

namespace {

std::string key_field(const std::string& key)
{
  return "Idempotency-Key: " + key + "\r\n";
}

http_response visit(const tally_process& tally, std::string_view target, const std::string& key,
                    std::string_view method = "POST")
{
  return fetch(tally.port(), target, method, key_field(key));
}

std::set<std::string> idempotency_keys(const redis_server& redis)
{
  return reply_lines(redis, {"KEYS", "{visits}:.key:*"});
}

} // namespace

TEST_CASE("a visit with a key is counted once by all replicas", "[idempotency]")
{
  redis_server redis;
  tally_process first{redis};
  tally_process second{redis};
  CHECK(visit(first, "/count", "a").number() == 1);
  CHECK(visit(second, "/count", "a").number() == 1);
  CHECK(visit(second, "/count", "\"a\"", "GET").number() == 1);
  CHECK(first.get("/count").number() == 2);
  CHECK(visit(second, "/count", "b").number() == 3);
  CHECK(visit(first, "/count/visits", "b").number() == 3);
  CHECK(visit(first, "/hit/x/y", "c").body == "{\"value\":1}\n");
  CHECK(visit(second, "/count/x/y", "c").number() == 1);
  CHECK(redis.visits() == 3);
  CHECK(redis.visits("x/y") == 1);
  CHECK(contains(second.get("/metrics").body, "\ntally_repeated_visits_total 3\n"));
}

TEST_CASE("a key is known after a restart of Tally and of Redis", "[idempotency]")
{
  redis_server redis;
  {
    tally_process tally{redis};
    CHECK(visit(tally, "/count", "a").number() == 1);
    CHECK(tally.stop() == 0);
  }
  redis.kill();
  redis.start();
  tally_process tally{redis};
  CHECK(visit(tally, "/count", "a").number() == 1);
  CHECK(redis.visits() == 1);
}

TEST_CASE("a key on another counter gets 422 and is not counted", "[idempotency]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(visit(tally, "/count", "a").number() == 1);
  const auto conflict =
      fetch(tally.port(), "/count/b", "POST", key_field("a") + "Accept: application/json\r\n");
  CHECK(conflict.status == 422);
  CHECK(conflict.header("Content-Type") == "application/problem+json");
  CHECK(contains(conflict.body, "this Idempotency-Key was used for another counter"));
  CHECK(contains(conflict.body, "\"counted\":\"no\""));
  CHECK(redis.visits() == 1);
  CHECK(counters_with_key(redis).empty());
  CHECK(registered_counters(redis).empty());
  CHECK(contains(tally.get("/metrics").body, "\ntally_visits_total{outcome=\"refused\"} 1\n"));
}

TEST_CASE("an invalid key gets 400 and is not counted", "[idempotency]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string key : {"", "a b", "\"", "\"a\";b", "caf\xc3\xa9"}) {
    INFO(key);
    const auto refused = visit(tally, "/count", key);
    CHECK(refused.status == 400);
    CHECK(contains(refused.body, "not counted: Idempotency-Key is not"));
    CHECK(fetch(tally.port(), "/count", "HEAD", key_field(key)).status == 200);
  }
  CHECK(fetch(tally.port(), "/count", "POST", key_field("a") + key_field("b")).status == 400);
  CHECK(redis.visits() == 0);
  CHECK(fetch(tally.port(), "/count", "POST", key_field("a") + key_field("a")).number() == 1);
}

TEST_CASE("requests that count nothing leave no key behind", "[idempotency]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto field = key_field("a");
  CHECK(fetch(tally.port(), "/count", "OPTIONS", field).status == 204);
  CHECK(fetch(tally.port(), "/count", "GET", field + "Sec-Purpose: prefetch\r\n").number() == 0);
  CHECK(fetch(tally.port(), "/total", "GET", field).number() == 0);
  CHECK(fetch(tally.port(), "/badge.svg", "GET", field).status == 200);
  CHECK(idempotency_keys(redis).empty());
  CHECK(redis.visits() == 1); // the badge
}

TEST_CASE("visits with and without a key are counted together", "[idempotency]")
{
  redis_server redis;
  tally_process tally{redis};
  redis.connect().command({"LPUSH", "{visits}:list", "x"});
  CHECK(visit(tally, "/count", "known").number() == 1);
  const auto keyed = [](std::string_view target, const std::string& key) {
    return request_text("POST", target, key_field(key));
  };
  const auto responses = tally.connect().pipeline(
      {keyed("/count", "new"), request_text("GET", "/count"), keyed("/count", "known"),
       keyed("/count/a", "new"), keyed("/count/a", "a"), keyed("/count/a", "a"),
       keyed("/count", "a"), keyed("/count/list", "list"), request_text("GET", "/count")});
  const std::set<long long> numbers{responses[0].number(), responses[1].number(),
                                    responses[8].number()};
  CHECK(numbers == std::set<long long>{2, 3, 4});
  CHECK(responses[2].number() == 1);
  CHECK(responses[3].status == 422);
  CHECK(responses[4].number() == 1);
  CHECK(responses[5].number() == 1);
  CHECK(responses[6].status == 422);
  CHECK(responses[7].status == 500);
  CHECK(visit(tally, "/count", "new").number() == responses[0].number());
  CHECK(redis.visits() == 4);
  CHECK(redis.visits("a") == 1);
  CHECK(idempotency_keys(redis) ==
        std::set<std::string>{"{visits}:.key:known", "{visits}:.key:new", "{visits}:.key:a"});
}

TEST_CASE("a key that holds something else does not matter", "[idempotency]")
{
  redis_server redis;
  tally_process tally{redis};
  auto admin = redis.connect();
  admin.command({"LPUSH", "{visits}:.key:list", "x"});
  admin.command({"SET", "{visits}:.key:text", "x"});
  CHECK(visit(tally, "/count", "list").number() == 1);
  CHECK(visit(tally, "/count", "list").number() == 1);
  CHECK(visit(tally, "/count", "text").number() == 2);
  CHECK(visit(tally, "/count", "text").number() == 2);
}

TEST_CASE("a key expires after TALLY_IDEMPOTENCY_TTL_S", "[idempotency]")
{
  redis_server redis;
  {
    tally_process tally{redis, {{"TALLY_IDEMPOTENCY_TTL_S", "1"}}};
    CHECK(visit(tally, "/count", "a").number() == 1);
    CHECK(eventually([&] { return visit(tally, "/count", "a").number() == 2; }));
  }
  tally_process tally{redis};
  CHECK(visit(tally, "/count", "b").number() > 1);
  const auto left = std::stoll(*redis.connect().command({"PTTL", "{visits}:.key:b"}));
  CHECK(left > 500'000);
  CHECK(left <= 600'000);
}

TEST_CASE("the last numbers of a counter reach visits with keys", "[idempotency]")
{
  redis_server redis;
  tally_process tally{redis};
  redis.connect().command({"SET", "visits", "9223372036854775804"}); // 2^63 - 4
  const auto responses = tally.connect().pipeline({request_text("POST", "/count", key_field("a")),
                                                   request_text("POST", "/count", key_field("b")),
                                                   request_text("POST", "/count", key_field("b")),
                                                   request_text("GET", "/count"),
                                                   request_text("POST", "/count", key_field("c"))});
  std::multiset<long long> numbers;
  int refused = 0;
  for (const auto& each : responses)
    if (each.status == 200)
      numbers.insert(each.number());
    else
      refused += each.status == 500 ? 1 : 0;
  CHECK(refused == 1);
  CHECK(numbers.size() == 4);
  CHECK(std::set<long long>(numbers.begin(), numbers.end()) ==
        std::set<long long>{9223372036854775805, 9223372036854775806, 9223372036854775807});
  CHECK(responses[1].body == responses[2].body);
  CHECK(visit(tally, "/count", "b").body == responses[1].body);
  CHECK(redis.visits() == 9223372036854775807);
}

TEST_CASE("visits whose keys or record cannot be written are not counted", "[idempotency]")
{
  const std::vector<std::string> nothing{"ACL", "SETUSER", "default", "-set"};
  const std::vector<std::string> keys_only{"ACL", "SETUSER", "default", "-set",
                                           "(+set ~{visits}:.key:*)"};
  const auto permission = GENERATE_COPY(nothing, keys_only);
  redis_server redis;
  tally_process tally{redis};
  CHECK(visit(tally, "/count", "a").number() == 1);
  auto admin = redis.connect();
  admin.command(permission);
  for (const auto& each : tally.connect().pipeline(
           {request_text("POST", "/count", key_field("b")),
            request_text("POST", "/count/new", key_field("c")), request_text("GET", "/count")}))
    CHECK(each.status == 500);
  CHECK(redis.visits() == 1);
  CHECK(counters_with_key(redis).empty());
  CHECK(eventually(
      [&] { return idempotency_keys(redis) == std::set<std::string>{"{visits}:.key:a"}; }));
  admin.command({"ACL", "SETUSER", "default", "+set"});
  tally.wait_for_readyz(200);
  CHECK(visit(tally, "/count", "b").number() == 2);
}

TEST_CASE("when Redis is almost full, only visits with a key are refused", "[idempotency]")
{
  redis_server redis{{{}, {"--maxmemory", "32mb"}}};
  tally_process tally{redis};
  CHECK(visit(tally, "/count", "a").number() == 1);
  // The allocator of Redis rounds these up to 20 MiB and 10 MiB.
  redis.connect().command({"SETRANGE", "ballast", "20000000", "x"});
  redis.connect().command({"SETRANGE", "more ballast", "10000000", "x"});
  // Tally learns of it with the next question.
  http_response refused;
  CHECK(eventually([&] {
    refused = visit(tally, "/count", "a");
    return refused.status == 503;
  }));
  CHECK(refused.header("Retry-After") == "1");
  CHECK(contains(refused.body, "no memory for an Idempotency-Key"));
  CHECK(tally.get("/count").number() == 2);
  CHECK(tally.get("/count/new").number() == 1);
  CHECK(tally.get("/readyz").status == 200);
  const auto logged = tally.wait_for_event("visit_failed");
  CHECK(contains(std::string{logged.at("reason").as_string()}, "almost full"));

  redis.connect().command({"DEL", "ballast"});
  CHECK(eventually([&] { return visit(tally, "/count", "a").status == 200; }));
  CHECK(visit(tally, "/count", "a").number() == 1);
  CHECK(redis.visits() == 2);
}

TEST_CASE("without the permission for INFO, Redis itself refuses when it is full", "[idempotency]")
{
  redis_server redis;
  redis.connect().command({"ACL", "SETUSER", "default", "-info"});
  tally_process tally{redis};
  CHECK(visit(tally, "/count", "a").number() == 1);
  CHECK(visit(tally, "/count", "b").number() == 2);
  redis.connect().command({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(visit(tally, "/count", "c").status == 503);
  redis.connect().command({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(eventually([&] { return visit(tally, "/count", "c").status == 200; }));
  CHECK(redis.visits() == 3);
}
