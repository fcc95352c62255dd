#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <string>

using namespace tally::test;

TEST_CASE("each visit gets the next number", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  CHECK(client.get("/count").number() == 1);
  CHECK(client.request("POST", "/count", content_length(0)).number() == 2);
  CHECK(tally.get("/count").number() == 3);
  CHECK(redis.visits() == 3);
}

TEST_CASE("visits are counted in the key visits, next to four records per worker", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "1"}}};
  tally.get("/count");
  tally.get("/count");
  CHECK(redis.connect().command({"KEYS", "visits*"}) == "visits\n");
  CHECK(redis.connect().command(
            {"EVAL", "return #redis.call('keys', '{visits}:.writer:*')", "0"}) == "4");
  CHECK(redis.connect().command({"GET", "visits"}) == "2");
}

TEST_CASE("counting continues from the number in Redis", "[integration]")
{
  redis_server redis;
  redis.connect().command({"SET", "visits", "41"});
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 42);
}

TEST_CASE("numbers above 2^53 are exact", "[integration]")
{
  redis_server redis;
  redis.connect().command({"SET", "visits", "9007199254740992"});
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 9007199254740993);
  CHECK(tally.get("/total").number() == 9007199254740993);
}

TEST_CASE("the total is returned without counting", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/total").number() == 0);
  tally.get("/count");
  tally.get("/count");
  CHECK(tally.get("/total").number() == 2);
  CHECK(tally.get("/total").number() == 2);
  CHECK(redis.visits() == 2);
}

TEST_CASE("a prefetch sees the total and is not counted", "[integration]")
{
  redis_server redis;
  redis.connect().command({"SET", "visits", "7"});
  tally_process tally{redis};
  for (const std::string field : {"Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender",
                                  "sec-purpose: prefetch;anonymous-client-ip", "Purpose: prefetch",
                                  "X-Moz: prefetch", "X-Purpose: preview"}) {
    INFO(field);
    const auto response = fetch(tally.port(), "/count", "GET", field + "\r\n");
    CHECK(response.status == 200);
    CHECK(response.number() == 7);
  }
  CHECK(redis.visits() == 7);
}

TEST_CASE("requests that are not visits are not counted", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  struct {
    std::string method, target;
    int status;
  } const requests[] = {
      {"HEAD", "/count", 200},      {"HEAD", "/total", 200},   {"GET", "/", 200},
      {"GET", "/total", 200},       {"GET", "/livez", 200},    {"GET", "/readyz", 200},
      {"GET", "/favicon.ico", 404}, {"GET", "/counts", 404},   {"GET", "/count/", 404},
      {"GET", "/Count", 404},       {"GET", "//count", 404},   {"GET", "/total/../count", 404},
      {"PUT", "/count", 405},       {"DELETE", "/count", 405}, {"PATCH", "/count", 405},
      {"POST", "/total", 405},      {"POST", "/", 405},        {"get", "/count", 405},
      {"POST", "/counts", 404},
  };
  for (const auto& [method, target, status] : requests) {
    INFO(method << ' ' << target);
    CHECK(fetch(tally.port(), target, method, method == "POST" ? content_length(0) : "").status ==
          status);
  }
  CHECK(fetch(tally.port(), "/count", "OPTIONS").status < 300);
  CHECK(redis.visits() == 0);
}

TEST_CASE("a query string changes nothing", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count?").number() == 1);
  CHECK(tally.get("/count?page=/total&x=%20").number() == 2);
  CHECK(tally.get("/total?now").number() == 2);
  CHECK(tally.get("/?count").status == 200);
  CHECK(redis.visits() == 2);
}

TEST_CASE("a visit may have a body", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  // A body that tally would count again if it took it for a request.
  const auto body = visit_text();
  client.send(post_text(content_length(body.size()), body));
  CHECK(client.read().number() == 1);
  CHECK(client.get("/total").number() == 1);
  CHECK(redis.visits() == 1);
}
