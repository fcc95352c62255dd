#include "counting/count_call.hpp"
#include "crowd.hpp"
#include "proof.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"

#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("visits beyond the waiting limit are refused while the others wait", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, long_timeouts({{"TALLY_MAX_WAITING_VISITS", "8"}})};
  wait_until_ready(tally);
  redis.freeze();
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 40, 1};
  CHECK(eventually([&] { return outcomes.count(503) == 32; }));
  INFO(outcomes.summary());
  CHECK(outcomes.size() == 32);
  redis.thaw();
  visitors.wait();
  INFO(outcomes.summary());
  CHECK(outcomes.count(200) == 8);
  CHECK(redis.visits() == 8);
  check_promises(outcomes, redis);
}

TEST_CASE("numbers that a double cannot represent are exact", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  redis.connect().command({"SET", "visits", "9007199254740993"}); // 2^53 + 1
  CHECK(tally.get("/count").number() == 9007199254740994);
  CHECK(tally.get("/count").number() == 9007199254740995);
  proxy.inject({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 9007199254740996);
  redis.connect().command({"SET", "visits", "9223372036854775805"}); // 2^63 - 3
  CHECK(tally.get("/count").number() == 9223372036854775806);
  CHECK(tally.get("/count").number() == 9223372036854775807);
  CHECK(tally.get("/count").status == 500);
  CHECK(redis.visits() == 9223372036854775807);
}

TEST_CASE("each writer of a worker keeps one record, with the counter's hash tag and an expiry",
          "[proof]")
{
  redis_server redis;
  tally_process tally{redis, worker_settings(4)};
  history outcomes;
  crowd{{tally.port()}, outcomes, 32, 30}.wait();
  check_all_counted(outcomes, redis, 32 * 30);
  auto admin = redis.connect();
  const auto keys = writer_records(redis);
  CHECK(keys.size() > 1);
  CHECK(keys.size() <= 4 * 4);
  for (const auto& key : keys) {
    INFO(key);
    CHECK(key.starts_with("{visits}"));
    const auto left = std::stoll(*admin.command({"PTTL", key}));
    CHECK(left > 0);
    CHECK(left <= tally::record_ttl.count());
  }
  // The database holds nothing but these records and the counter.
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
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  proxy.inject({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  CHECK(redis.visits() == 2);
}

TEST_CASE("a Redis user with only the documented permissions can count", "[proof]")
{
  redis_server redis;
  auto admin = redis.connect();
  std::vector<std::string> user{"ACL",      "SETUSER",      "counter", "reset",    "on",
                                ">secret",  "+ping",        "+get",    "+set",     "+incrby",
                                "+evalsha", "+script|load", "+mget",   "~visits*", "~{visits*"};
  environment settings{{"REDIS_USERNAME", "counter"}, {"REDIS_PASSWORD", "secret"}};
  SECTION("in the first database") {}
  SECTION("in another database, with +select")
  {
    user.push_back("+select");
    settings["REDIS_DB"] = "1";
  }
  admin.command(user);
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts(settings))};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  proxy.inject({fault::kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  CHECK(tally.get("/total").number() == 2);
}

TEST_CASE("Tally is not ready while its Redis user lacks a permission", "[proof]")
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
  tally_process tally{pointing_at(
      redis, long_timeouts({{"REDIS_USERNAME", "counter"}, {"REDIS_PASSWORD", "secret"}}))};
  tally.wait_for_event("redis_unreachable");
  const auto error = tally.wait_for_readyz(503);
  CHECK(is_permission_error(error));
  CHECK(tally.get("/count").status == 503);
  admin.command({"ACL", "SETUSER", "counter", missing});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}
