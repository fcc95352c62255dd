#include "crowd.hpp"
#include "proof.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"

#include <sstream>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

std::vector<std::string> records(redis_client& redis)
{
  std::vector<std::string> keys;
  std::istringstream lines{redis.command({"KEYS", "*writer*"}).value_or("")};
  for (std::string line; std::getline(lines, line);)
    keys.push_back(line);
  return keys;
}

} // namespace

TEST_CASE("visits beyond what may wait are refused while the others still wait", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, patient({{"TALLY_MAX_WAITING_VISITS", "8"}})};
  wait_until_ready(tally);
  redis.freeze();
  history answers;
  crowd visitors{{tally.port()}, answers, 40, 1};
  CHECK(eventually([&] { return answers.count(503) == 32; }));
  CHECK(answers.size() == 32);
  redis.thaw();
  visitors.wait();
  CHECK(answers.count(200) == 8);
  CHECK(redis.visits() == 8);
  check_promises(answers, redis);
}

TEST_CASE("numbers that a double cannot hold are exact", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  redis.connect().command({"SET", "visits", "9007199254740993"}); // 2^53 + 1
  CHECK(tally.get("/count").number() == 9007199254740994);
  CHECK(tally.get("/count").number() == 9007199254740995);
  proxy.next({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 9007199254740996);
  redis.connect().command({"SET", "visits", "9223372036854775805"}); // 2^63 - 3
  CHECK(tally.get("/count").number() == 9223372036854775806);
  CHECK(tally.get("/count").number() == 9223372036854775807);
  CHECK(tally.get("/count").status == 500);
  CHECK(redis.visits() == 9223372036854775807);
}

TEST_CASE("a worker keeps a record for each of its writers, with its hash tag and an expiry",
          "[proof]")
{
  redis_server redis;
  tally_process tally{redis, patient({{"TALLY_THREADS", "4"}})};
  history answers;
  crowd{{tally.port()}, answers, 32, 30}.wait();
  check_all_counted(answers, redis, 32 * 30);
  auto admin = redis.connect();
  const auto keys = records(admin);
  CHECK(keys.size() > 1);
  CHECK(keys.size() <= 4 * 4);
  for (const auto& key : keys) {
    INFO(key);
    CHECK(key.starts_with("{visits}"));
    const auto left = std::stoll(*admin.command({"PTTL", key}));
    CHECK(left > 0);
    CHECK(left <= 24 * 60 * 60 * 1000);
  }
  // Nothing else is left behind but the counter.
  CHECK(eventually([&] { return std::stoull(*admin.command({"DBSIZE"})) == keys.size() + 1; }));
}

TEST_CASE("visits are counted in a Redis Cluster", "[proof]")
{
  const reserved_port bus;
  redis_server redis{
      {{}, {"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus.number())}}};
  redis.connect().command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  REQUIRE(eventually([&] {
    return contains(*redis.connect().command({"CLUSTER", "INFO"}), "cluster_state:ok");
  }));
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  proxy.next({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  CHECK(redis.visits() == 2);
}

TEST_CASE("a user with no more rights than documented can count", "[proof]")
{
  redis_server redis;
  auto admin = redis.connect();
  std::vector<std::string> user{"ACL",      "SETUSER",      "counter", "reset",    "on",
                                ">secret",  "+ping",        "+get",    "+set",     "+incrby",
                                "+evalsha", "+script|load", "+mget",   "~visits*", "~{visits*"};
  environment settings{{"REDIS_USERNAME", "counter"}, {"REDIS_PASSWORD", "secret"}};
  SECTION("in the first database") {}
  SECTION("in another one, with +select")
  {
    user.push_back("+select");
    settings["REDIS_DB"] = "1";
  }
  admin.command(user);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient(settings))};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  proxy.next({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  CHECK(tally.get("/total").number() == 2);
}

TEST_CASE("a user who lacks a right is not ready", "[proof]")
{
  const std::string missing =
      GENERATE("+get", "+mget", "+set", "+incrby", "+evalsha", "+script|load", "~{visits*");
  INFO("without " << missing);
  redis_server redis;
  auto admin = redis.connect();
  std::vector<std::string> user{"ACL", "SETUSER", "counter", "reset", "on", ">secret"};
  for (const std::string each : {"+ping", "+get", "+mget", "+set", "+incrby", "+evalsha",
                                 "+script|load", "~visits*", "~{visits*"})
    if (each != missing)
      user.push_back(each);
  admin.command(user);
  tally_process tally{
      pointing_at(redis, patient({{"REDIS_USERNAME", "counter"}, {"REDIS_PASSWORD", "secret"}}))};
  tally.wait_for_event("redis_unreachable");
  const auto reason = tally.wait_for_readyz(503);
  // A script's own refusal reads differently before Redis 7.4.
  CHECK((contains(reason, "NOPERM") || contains(reason, "The user executing the script") ||
         contains(reason, "ACL failure in script")));
  CHECK(tally.get("/count").status == 503);
  admin.command({"ACL", "SETUSER", "counter", missing});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}
