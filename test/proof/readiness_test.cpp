#include "crowd.hpp"
#include "proof.hpp"
#include "text.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tally::test;

namespace {

using words = std::vector<std::string>;

environment frequent_probes(environment variables = {})
{
  variables.merge(environment{{"TALLY_REDIS_PING_INTERVAL_MS", "50"}});
  return long_timeouts(std::move(variables));
}

std::string readiness_error(const tally_process& tally)
{
  const auto error = tally.wait_for_readyz(503);
  INFO(error);
  CHECK(is_one_line(error));
  return error;
}

// Sends each request on a new connection, so that every worker gets some.
bool every_worker_responds(const tally_process& tally, int status, const std::string& text)
{
  return eventually([&] {
    for (int i = 0; i < 16; ++i) {
      const auto response = tally.get("/readyz");
      if (response.status != status || !contains(response.body, text))
        return false;
    }
    return true;
  });
}

} // namespace

TEST_CASE("Tally is not ready while Redis denies it a permission under load", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, frequent_probes()};
  auto admin = redis.connect();
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 8};
  wait_for_more(outcomes, 50);
  for (const std::string command : {"incrby", "set"}) {
    INFO(command);
    admin.command({"ACL", "SETUSER", "default", '-' + command});
    wait_for_more(outcomes, 50, 500);
    CHECK(is_permission_error(readiness_error(tally)));
    wait_for_more(outcomes, 50, 500);
    admin.command({"ACL", "SETUSER", "default", '+' + command});
    tally.wait_for_readyz(200);
    wait_for_more(outcomes, 50);
  }
  admin.command({"ACL", "SETUSER", "default", "-incrby"});
  wait_for_more(outcomes, 50, 500);
  visitors.stop();
  check_promises(outcomes, redis);

  // Tally must also notice without visits.
  readiness_error(tally);
  admin.command({"ACL", "SETUSER", "default", "+incrby"});
  tally.wait_for_readyz(200);
  const auto total = redis.visits();
  CHECK(total == outcomes.count(200));
  CHECK(tally.get("/count").number() == total + 1);
}

TEST_CASE("Tally is not ready while the counter's value cannot be incremented", "[proof]")
{
  struct bad_counter {
    words command;
    std::string error;
  };
  const auto counter =
      GENERATE(values<bad_counter>({{{"LPUSH", "visits", "x"}, "WRONGTYPE"},
                                    {{"SET", "visits", "x"}, "not an integer"},
                                    {{"SET", "visits", "9223372036854775807"}, "overflow"}}));
  INFO(counter.command.back());
  redis_server redis;
  tally_process tally{redis, frequent_probes()};
  auto admin = redis.connect();
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 8};
  wait_for_more(outcomes, 50);
  admin.command({"MULTI"});
  admin.command({"DEL", "visits"});
  admin.command(counter.command);
  admin.command({"EXEC"});
  wait_for_more(outcomes, 50, 500);
  CHECK(contains(readiness_error(tally), counter.error));
  visitors.stop();
  CHECK(contains(readiness_error(tally), counter.error));

  admin.command({"DEL", "visits"});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").status == 200);
  CHECK(tally.get("/readyz").status == 200);
}

TEST_CASE("Tally is not ready while the counter is a list, even before the first visit", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  auto admin = redis.connect();
  const auto settings = frequent_probes({{"TALLY_THREADS", std::to_string(workers)}});
  admin.command({"LPUSH", "visits", "x"});
  tally_process tally{pointing_at(redis, settings)};
  CHECK(every_worker_responds(tally, 503, "WRONGTYPE"));
  CHECK(tally.get("/count").status == 500);
  admin.command({"DEL", "visits"});
  CHECK(every_worker_responds(tally, 200, "ready"));
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a visit that succeeds makes Tally ready again", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, long_timeouts({{"TALLY_REDIS_PING_INTERVAL_MS", "3600000"}})};
  auto admin = redis.connect();
  admin.command({"LPUSH", "visits", "x"});
  CHECK(tally.get("/count").status == 500);
  CHECK(contains(readiness_error(tally), "WRONGTYPE"));
  admin.command({"DEL", "visits"});
  CHECK(eventually([&] { return tally.get("/count").status == 200; }));
  CHECK(tally.get("/readyz").status == 200);
}

// Redis allows the script's INCRBY, but not the GET of the total.
TEST_CASE("a visit whose total cannot be read is not counted", "[proof]")
{
  const std::string readable = GENERATE("(+get ~{visits*)", "(+get +mget ~{visits*)");
  INFO(readable);
  redis_server redis;
  auto admin = redis.connect();
  admin.command({"ACL", "SETUSER", "limited", "on", ">secret", "~visits", "~{visits*", "-@all",
                 "+ping", "+evalsha", "+script|load", "+incrby", "+set", readable});
  tally_process tally{pointing_at(
      redis, frequent_probes({{"REDIS_USERNAME", "limited"}, {"REDIS_PASSWORD", "secret"}}))};
  REQUIRE(eventually([&] {
    return !tally.events("redis_ready").empty() || !tally.events("redis_unreachable").empty();
  }));
  for (const std::string number : {"0", "9007199254740993"}) { // exact as a Lua number, or not
    INFO("from " << number);
    admin.command({"SET", "visits", number});
    history outcomes;
    crowd{{tally.port()}, outcomes, 4, 10}.wait();
    INFO(outcomes.summary());
    CHECK(redis.visits() == std::stoll(number) + outcomes.count(200));
    CHECK(outcomes.count(504) == 0);
    if (outcomes.count(200) != outcomes.size())
      CHECK(is_permission_error(readiness_error(tally)));
  }
  admin.command({"ACL", "SETUSER", "limited", "+get", "+mget"});
  tally.wait_for_readyz(200);
  const auto total = redis.visits();
  CHECK(tally.get("/count").number() == total + 1);
}
