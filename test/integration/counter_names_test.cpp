#include "catch.hpp"
#include "counters.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <set>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Without the keys of probes, which expire.
std::set<std::string> keys(const redis_server& redis)
{
  auto found = reply_lines(redis, {"KEYS", "*"});
  std::erase_if(found, [](const std::string& key) { return key.starts_with("{visits}:.probe:"); });
  return found;
}

const std::vector<std::string> bad_names{"",
                                         ".",
                                         "..",
                                         ".names",
                                         ".epoch",
                                         ".writer:1",
                                         "%2e",
                                         "%2E%2e",
                                         "%2enames",
                                         "/",
                                         "/a",
                                         "a/",
                                         "a//b",
                                         "a/.b",
                                         "a/./b",
                                         "a/../b",
                                         "a/%2e%2e/b",
                                         "a%2Fb",
                                         "a%2fb",
                                         "a%5Cb",
                                         "a%00",
                                         "a%20b",
                                         "a%0Ab",
                                         "%C3%A9",
                                         "a%",
                                         "a%4",
                                         "a%4g",
                                         "%252e",
                                         "a:b",
                                         "visits:x",
                                         "visits:.names",
                                         "{visits}",
                                         "{visits}:x",
                                         "{visits}:.names",
                                         "{visits}:.epoch",
                                         "%7Bvisits%7D:.names",
                                         "%7Bvisits%7D%3A.epoch",
                                         "a@b",
                                         "a+b",
                                         "a,b",
                                         "a;b",
                                         "a=b",
                                         "a*",
                                         "(a)",
                                         "a!",
                                         std::string(129, 'a'),
                                         std::string(5000, 'a'),
                                         std::string(64, 'a') + '/' + std::string(64, 'a')};

} // namespace

TEST_CASE("a target without a valid name gets 404 and makes nothing in Redis", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto before = keys(redis);
  REQUIRE_FALSE(before.contains("{visits}:.names"));
  auto client = tally.connect();
  for (const auto& name : bad_names)
    for (const auto& target :
         std::vector<std::string>{"/count/" + name, "/total/" + name, "/badge/" + name + ".svg",
                                  "/badge/" + name + ".json", "/hit/" + name + "/key",
                                  "/hit/site/" + name, "/get/site/" + name}) {
      INFO(target);
      CHECK(client.get(target).status == 404);
      if (target.starts_with("/count") || target.starts_with("/hit"))
        CHECK(client.request("POST", target, content_length(0)).status == 404);
    }
  CHECK(keys(redis) == before);
}

TEST_CASE("a name may have 128 bytes", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  const std::string name(128, 'n');
  std::string encoded;
  for (int i = 0; i < 128; ++i)
    encoded += "%6e";
  CHECK(tally.get("/count/" + name).number() == 1);
  CHECK(tally.get("/count/" + encoded).number() == 2);
  CHECK(tally.get("/badge/" + name + ".svg").status == 200);
  CHECK(tally.get("/count/" + name + 'n').status == 404);
  CHECK(tally.get("/count/" + encoded + 'n').status == 404);
  CHECK(redis.visits(name) == 3);
  CHECK(registered_counters(redis) == std::set<std::string>{name});
}

TEST_CASE("an encoded unreserved character in a name means the same as a plain one",
          "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count/a-b").number() == 1);
  CHECK(tally.get("/count/a%2Db").number() == 2);
  CHECK(tally.get("/count/%61%2db").number() == 3);
  CHECK(tally.get("/total/%61-b?x=%20").number() == 3);
  CHECK(tally.get("/count/a%2eb").number() == 1);
  CHECK(tally.get("/total/a.b").number() == 1);
  CHECK(registered_counters(redis) == std::set<std::string>{"a-b", "a.b"});
}

TEST_CASE("a counter may have the name of a route", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string name : {"count", "total", "count/a", "total/a", "badge.svg", "a.svg",
                                 "a.json", "tally.js", "livez", "readyz", "hit/a/b", "names"}) {
    INFO(name);
    CHECK(tally.get("/count/" + name).number() == 1);
    CHECK(tally.get("/badge/" + name + ".svg").status == 200);
    CHECK(tally.get("/total/" + name).number() == 2);
    CHECK(redis.visits(name) == 2);
  }
  CHECK(redis.visits() == 0);
  CHECK(redis.visits("a") == 0);
  for (const std::string target :
       {"/badge", "/badge/a", "/badge/a.png", "/badgea.svg", "/badge.svg/a", "/counta",
        "/count.svg/", "/totals", "/tally.js/a", "/livez/a", "/favicon.ico", "/.names", "/visits",
        "/names"}) {
    INFO(target);
    CHECK(tally.get(target).status == 404);
  }
  CHECK(registered_counters(redis).size() == 12);
}
