// What tally list, get, set and delete report when Redis refuses, or holds something else.
#include "administration.hpp"
#include "catch.hpp"
#include "redis_server.hpp"
#include "text.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tally::test;

namespace {

// A user with the permissions that these commands need and no others, without those in `denied`.
redis_server::options with_operator(const std::string& denied = {})
{
  std::vector<std::string> words{"--user",      "operator",   "on",      ">hunter2", "~visits",
                                 "~{visits}:*", "-@all",      "+ping",   "+eval",    "+get",
                                 "+set",        "+del",       "+exists", "+incr",    "+sadd",
                                 "+srem",       "+sismember", "+scard",  "+sscan"};
  std::erase(words, '+' + denied);
  return {"of the default user", std::move(words)};
}

const environment as_operator{{"REDIS_USERNAME", "operator"}, {"REDIS_PASSWORD", "hunter2"}};

} // namespace

TEST_CASE("an operator's commands need these permissions", "[integration]")
{
  redis_server redis{with_operator()};
  CHECK(succeeds_silently(administer(redis, {"set", "home", "5"}, as_operator)));
  CHECK(administer(redis, {"get", "home"}, as_operator).output == "5\n");
  CHECK(administer(redis, {"list"}, as_operator).output == "home\t5\nvisits\t0\n");
  CHECK(succeeds_silently(administer(redis, {"delete", "home"}, as_operator)));
}

TEST_CASE("a command without permission fails with one line and changes no number", "[integration]")
{
  const std::string denied = GENERATE("eval", "get", "set", "del", "exists", "incr", "sadd", "srem",
                                      "sismember", "scard", "sscan");
  INFO("without " << denied);
  redis_server redis{with_operator(denied)};
  auto client = redis.connect();
  int failures = 0;
  for (const auto& arguments : all_commands) {
    client.command({"SET", "{visits}:home", "3"});
    client.command({"SADD", "{visits}:.names", "home"});
    const auto run = administer(redis, arguments, as_operator);
    if (run.status == 0)
      continue;
    ++failures;
    check_fails(run, "Redis refused: ");
    CHECK(client.command({"GET", "{visits}:home"}) == "3");
    CHECK(client.command({"SISMEMBER", "{visits}:.names", "home"}) == "1");
  }
  CHECK(failures > 0);
}

TEST_CASE("tally set repairs a counter that holds no whole number", "[integration]")
{
  redis_server redis;
  administer(redis, {"set", "good", "5"});
  administer(redis, {"set", "home", "5"});
  auto client = redis.connect();
  const std::vector<std::string> broken =
      GENERATE(std::vector<std::string>{"RPUSH", "{visits}:home", "5"},
               std::vector<std::string>{"SET", "{visits}:home", "five"},
               std::vector<std::string>{"SETRANGE", "{visits}:home", "1000000", "5"});
  INFO(broken.front());
  client.command({"DEL", "{visits}:home"});
  client.command(broken);
  check_fails(administer(redis, {"get", "home"}), "\"home\" does not hold a whole number");
  const auto list = administer(redis, {"list"});
  CHECK(list.status == 1);
  CHECK(list.output == "good\t5\nvisits\t0\n");
  CHECK(is_one_line(list.errors));
  CHECK(contains(list.errors, "\"home\" does not hold a whole number"));
  CHECK(succeeds_silently(administer(redis, {"set", "home", "6"})));
  CHECK(administer(redis, {"get", "home"}).output == "6\n");
}

TEST_CASE("nothing changes when register or epoch are broken", "[integration]")
{
  redis_server redis;
  administer(redis, {"set", "home", "5"});
  const std::string key = GENERATE("{visits}:.names", "{visits}:.epoch");
  auto client = redis.connect();
  client.command({"DEL", key});
  client.command({"SET", key, "broken"});
  for (const auto& arguments : {all_commands[2], all_commands[3]}) {
    check_fails(administer(redis, arguments), "Redis refused: ");
    CHECK(client.command({"GET", "{visits}:home"}) == "5");
    if (key == "{visits}:.names")
      CHECK(client.command({"GET", "{visits}:.epoch"}) == "1");
  }
}

TEST_CASE("tally delete works when the memory of Redis is full, and tally set does not",
          "[integration]")
{
  redis_server redis;
  administer(redis, {"set", "home", "5"});
  redis.connect().command({"CONFIG", "SET", "maxmemory", "1"});
  check_fails(administer(redis, {"set", "home", "6"}), "OOM");
  CHECK(administer(redis, {"get", "home"}).output == "5\n");
  CHECK(succeeds_silently(administer(redis, {"delete", "home"})));
  CHECK(redis.connect().command({"GET", "{visits}:.epoch"}) == "2");
}
