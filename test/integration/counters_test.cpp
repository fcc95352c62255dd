#include "catch.hpp"
#include "counters.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <set>
#include <string>

using namespace tally::test;

TEST_CASE("each counter has a total of its own", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  CHECK(client.get("/count/blog/post-1").number() == 1);
  CHECK(client.request("POST", "/count/blog/post-1", content_length(0)).number() == 2);
  CHECK(client.get("/count/blog").number() == 1);
  CHECK(client.get("/count/Blog").number() == 1);
  CHECK(client.get("/count").number() == 1);
  CHECK(client.get("/total/blog/post-1").number() == 2);
  CHECK(client.get("/total").number() == 1);
  CHECK(redis.visits("blog/post-1") == 2);
  CHECK(redis.visits() == 1);
  CHECK(registered_counters(redis) == std::set<std::string>{"Blog", "blog", "blog/post-1"});
}

TEST_CASE("/count/visits is the default counter", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  CHECK(tally.get("/count/visits").number() == 2);
  CHECK(tally.get("/count/%76isits").number() == 3);
  CHECK(tally.get("/total/visits").number() == 3);
  tally.get("/badge/visits.svg");
  CHECK(redis.visits() == 4);
  CHECK(registered_counters(redis).empty());
  CHECK(counters_with_key(redis).empty());
}

TEST_CASE("a total of a counter that does not exist is 0 and makes no counter", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/total/absent").number() == 0);
  CHECK(tally.get("/get/absent/key").status == 404);
  CHECK(contains(tally.get("/badge/absent.svg?count=no").body, "<title>visits: 0</title>"));
  CHECK(contains(tally.get("/badge/absent.json").body, R"("message":"0")"));
  CHECK(registered_counters(redis).empty());
  CHECK(counters_with_key(redis).empty());
}

TEST_CASE("a total has the name of its counter in JSON and in a page", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  const auto json = client.get("/count/blog/post-1", "Accept: application/json\r\n");
  CHECK(json.body == "{\"name\":\"blog/post-1\",\"total\":1}\n");
  CHECK(json.header("Content-Type") == "application/json");
  CHECK(client.get("/total/blog/post-1", "Accept: application/json\r\n").body == json.body);
  const auto page = client.get("/count/blog/post-1", "Accept: text/html\r\n");
  CHECK(contains(page.body, "blog/post-1"));
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(redis.visits("blog/post-1") == 2);
}

TEST_CASE("a badge counts a visit to its counter and shows the total", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string name : {"", "/blog/post-1"}) {
    INFO(name);
    const auto badge = tally.get("/badge" + name + ".svg");
    CHECK(badge.header("Content-Type") == "image/svg+xml");
    CHECK(contains(badge.body, "<title>visits: 1</title>"));
    const auto shown = tally.get("/badge" + name + ".svg?label=views&count=no").body;
    CHECK(contains(shown, "<title>views: 1</title>"));
    const auto json = boost::json::parse(tally.get("/badge" + name + ".json").body);
    CHECK(json.at("schemaVersion").as_int64() == 1);
    CHECK(json.at("message").as_string() == "1");
    CHECK(tally.get("/total" + name).number() == 1);
  }
}

TEST_CASE("the routes of CountAPI count on the counter of both segments", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  CHECK(client.get("/get/site/key").status == 404);
  const auto hit = client.get("/hit/site/key");
  CHECK(hit.body == "{\"value\":1}\n");
  CHECK(hit.header("Content-Type") == "application/json");
  CHECK(client.request("POST", "/hit/site/key", content_length(0)).body == "{\"value\":2}\n");
  CHECK(client.get("/get/site/key").body == "{\"value\":2}\n");
  CHECK(client.get("/count/site/key").number() == 3);
  CHECK(redis.visits("site/key") == 3);
  for (const std::string target : {"/hit", "/hit/", "/hit/site", "/hit/site/key/more", "/get",
                                   "/get/site", "/get/site/key/more", "/hit/site%2Fkey"}) {
    INFO(target);
    CHECK(tally.get(target).status == 404);
  }
  CHECK(registered_counters(redis) == std::set<std::string>{"site/key"});
}

TEST_CASE("requests for a counter that are not visits make no counter", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string target : {"/count/a", "/badge/a.svg", "/hit/a/b"}) {
    INFO(target);
    CHECK(fetch(tally.port(), target, "HEAD").status == 200);
    CHECK(fetch(tally.port(), target, "OPTIONS").status == 204);
    CHECK(fetch(tally.port(), target, "PUT").status == 405);
    for (const std::string field : {"Sec-Purpose: prefetch;prerender", "Purpose: prefetch",
                                    "X-Moz: prefetch", "X-Purpose: preview"}) {
      const auto response = fetch(tally.port(), target, "GET", field + "\r\n");
      CHECK(response.status == 200);
      CHECK(contains(response.body, "0"));
    }
  }
  CHECK(fetch(tally.port(), "/badge/a.svg", "POST", content_length(0)).status == 405);
  CHECK(fetch(tally.port(), "/total/a", "POST", content_length(0)).status == 405);
  CHECK(registered_counters(redis).empty());
  CHECK(counters_with_key(redis).empty());
}

TEST_CASE("counting answers are not cached, and pages of any origin may read them", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string target :
       {"/count/a", "/total/a", "/badge/a.svg", "/badge/a.json", "/hit/a/b", "/get/a/b"}) {
    INFO(target);
    const auto response = tally.get(target);
    CHECK(response.status == 200);
    CHECK(response.header("Cache-Control") == "no-store");
    CHECK(response.header("Access-Control-Allow-Origin") == "*");
    const bool negotiated = target.starts_with("/count") || target.starts_with("/total");
    CHECK(response.header("Vary") == (negotiated ? "Accept" : ""));
  }
}
