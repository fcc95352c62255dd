#include "crowd.hpp"
#include "proof.hpp"
#include "text.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tally::test;

namespace {

using words = std::vector<std::string>;

environment often_probing(environment others = {})
{
  others.merge(environment{{"TALLY_REDIS_PING_INTERVAL_MS", "50"}});
  return patient(std::move(others));
}

// The error for a permission that a script lacks depends on the version of Redis.
bool names_permission(const std::string& text)
{
  return contains(text, "NOPERM") || contains(text, "The user executing the script") ||
         contains(text, "ACL failure in script");
}

std::string text_of_reason(const tally_process& tally)
{
  const auto reason = tally.wait_for_readyz(503);
  INFO(reason);
  CHECK(is_one_line(reason));
  return reason;
}

// Asks on many connections, so that all workers are asked.
bool every_worker_answers(const tally_process& tally, int status)
{
  return eventually([&] {
    for (int i = 0; i < 16; ++i)
      if (tally.get("/readyz").status != status)
        return false;
    return true;
  });
}

} // namespace

TEST_CASE("tally is not ready while a permission is taken away under load", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, often_probing()};
  auto admin = redis.connect();
  history answers;
  crowd visitors{{tally.port()}, answers, 8};
  wait_for_more(answers, 50);
  for (const std::string command : {"incrby", "set"}) {
    INFO(command);
    admin.command({"ACL", "SETUSER", "default", '-' + command});
    wait_for_more(answers, 50, 500);
    CHECK(names_permission(text_of_reason(tally)));
    wait_for_more(answers, 50, 500);
    admin.command({"ACL", "SETUSER", "default", '+' + command});
    tally.wait_for_readyz(200);
    wait_for_more(answers, 50);
  }
  admin.command({"ACL", "SETUSER", "default", "-incrby"});
  wait_for_more(answers, 50, 500);
  visitors.end();
  check_promises(answers, redis);

  // The same without a visit that could show it.
  text_of_reason(tally);
  admin.command({"ACL", "SETUSER", "default", "+incrby"});
  tally.wait_for_readyz(200);
  const auto total = redis.visits();
  CHECK(total == answers.count(200));
  CHECK(tally.get("/count").number() == total + 1);
}

TEST_CASE("tally is not ready while the counter holds what cannot be counted", "[proof]")
{
  struct broken {
    words command;
    std::string reason;
  };
  const auto now =
      GENERATE(values<broken>({{{"LPUSH", "visits", "x"}, "WRONGTYPE"},
                               {{"SET", "visits", "x"}, "not an integer"},
                               {{"SET", "visits", "9223372036854775807"}, "overflow"}}));
  INFO(now.command.back());
  redis_server redis;
  tally_process tally{redis, often_probing()};
  auto admin = redis.connect();
  history answers;
  crowd visitors{{tally.port()}, answers, 8};
  wait_for_more(answers, 50);
  admin.command({"MULTI"});
  admin.command({"DEL", "visits"});
  admin.command(now.command);
  admin.command({"EXEC"});
  wait_for_more(answers, 50, 500);
  CHECK(contains(text_of_reason(tally), now.reason));
  visitors.end();
  CHECK(contains(text_of_reason(tally), now.reason));

  admin.command({"DEL", "visits"});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").status == 200);
  CHECK(tally.get("/readyz").status == 200);
}

TEST_CASE("tally is not ready when the counter is a list, though nobody has visited", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  auto admin = redis.connect();
  const auto settings = often_probing({{"TALLY_THREADS", std::to_string(workers)}});
  admin.command({"LPUSH", "visits", "x"});
  tally_process tally{pointing_at(redis, settings)};
  CHECK(every_worker_answers(tally, 503));
  CHECK(contains(text_of_reason(tally), "WRONGTYPE"));
  CHECK(tally.get("/count").status == 500);
  admin.command({"DEL", "visits"});
  CHECK(every_worker_answers(tally, 200));
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a visit that succeeds makes tally ready again", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, patient({{"TALLY_REDIS_PING_INTERVAL_MS", "3600000"}})};
  auto admin = redis.connect();
  admin.command({"LPUSH", "visits", "x"});
  CHECK(tally.get("/count").status == 500);
  CHECK(contains(text_of_reason(tally), "WRONGTYPE"));
  admin.command({"DEL", "visits"});
  CHECK(eventually([&] { return tally.get("/count").status == 200; }));
  CHECK(tally.get("/readyz").status == 200);
}

// INCRBY is allowed, and the GET of its total refused.
TEST_CASE("a visit whose total cannot be read is not counted", "[proof]")
{
  const std::string readable = GENERATE("(+get ~{visits*)", "(+get +mget ~{visits*)");
  INFO(readable);
  redis_server redis;
  auto admin = redis.connect();
  admin.command({"ACL", "SETUSER", "limited", "on", ">secret", "~visits", "~{visits*", "-@all",
                 "+ping", "+evalsha", "+script|load", "+incrby", "+set", readable});
  tally_process tally{pointing_at(
      redis, often_probing({{"REDIS_USERNAME", "limited"}, {"REDIS_PASSWORD", "secret"}}))};
  REQUIRE(eventually([&] {
    return !tally.events("redis_ready").empty() || !tally.events("redis_unreachable").empty();
  }));
  for (const std::string number : {"0", "9007199254740993"}) { // exact as a Lua number, or not
    INFO("from " << number);
    admin.command({"SET", "visits", number});
    history visits;
    crowd{{tally.port()}, visits, 4, 10}.wait();
    INFO(visits.summary());
    CHECK(redis.visits() == std::stoll(number) + visits.count(200));
    CHECK(visits.count(504) == 0);
    if (visits.count(200) != visits.size())
      CHECK(names_permission(text_of_reason(tally)));
  }
  admin.command({"ACL", "SETUSER", "limited", "+get", "+mget"});
  tally.wait_for_readyz(200);
  const auto total = redis.visits();
  CHECK(tally.get("/count").number() == total + 1);
}
