#include "crowd.hpp"
#include "proof.hpp"
#include "redis_info.hpp"
#include "text.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tally::test;

namespace {

using std::chrono::steady_clock;

// The shortest pause between two attempts to connect is half of this.
constexpr std::chrono::milliseconds backoff{100};

environment steady_backoff()
{
  const auto milliseconds = std::to_string(backoff.count());
  return long_timeouts(
      {{"TALLY_REDIS_BACKOFF_MIN_MS", milliseconds}, {"TALLY_REDIS_BACKOFF_MAX_MS", milliseconds}});
}

long count_log_lines(const tally_process& tally, std::string_view text)
{
  const auto lines = tally.log_lines();
  return std::ranges::count_if(lines, [&](const auto& line) { return contains(line, text); });
}

using redis_action = std::function<void(redis_client&)>;

struct redis_error {
  std::string name; // the first word of the error reply
  redis_action begin;
  redis_action end;
};

redis_action send_command(std::vector<std::string> arguments)
{
  return [arguments = std::move(arguments)](redis_client& redis) { redis.command(arguments); };
}

std::filesystem::path snapshot(redis_client& redis)
{
  const auto reply = *redis.command({"CONFIG", "GET", "dir"});
  return std::filesystem::path{reply.substr(4, reply.size() - 5)} / "dump.rdb";
}

void wait_for_snapshot(redis_client& redis, const std::string& status)
{
  redis.command({"BGSAVE"});
  REQUIRE(eventually([&] {
    return contains(*redis.command({"INFO", "persistence"}), "rdb_last_bgsave_status:" + status);
  }));
}

// Redis rejects writes after it failed to save a snapshot; here a folder has the snapshot's name.
const redis_error no_snapshot{"MISCONF",
                              [](redis_client& redis) {
                                std::filesystem::create_directory(snapshot(redis));
                                redis.command({"CONFIG", "SET", "save", "3600 1"});
                                wait_for_snapshot(redis, "err");
                              },
                              [](redis_client& redis) {
                                std::filesystem::remove(snapshot(redis));
                                wait_for_snapshot(redis, "ok");
                              }};

} // namespace

TEST_CASE("while Redis rejects writes, visits are answered 503 and not logged one by one",
          "[proof]")
{
  const redis_error error =
      GENERATE(values<redis_error>({{"OOM", send_command({"CONFIG", "SET", "maxmemory", "1"}),
                                     send_command({"CONFIG", "SET", "maxmemory", "0"})},
                                    {"READONLY", send_command({"REPLICAOF", "127.0.0.1", "1"}),
                                     send_command({"REPLICAOF", "NO", "ONE"})},
                                    no_snapshot}));
  INFO(error.name);
  redis_server redis;
  tally_process tally{redis, steady_backoff()};
  auto admin = redis.connect();
  history outcomes;
  crowd{{tally.port()}, outcomes, 4, 5}.wait();
  check_all_counted(outcomes, redis, 20);

  const auto connections = connections_received(admin);
  const auto began = steady_clock::now();
  error.begin(admin);
  CHECK(eventually([&] { return tally.get("/count").status != 200; }));
  CHECK(eventually([&] { return contains(tally.wait_for_readyz(503), error.name); }));
  history refused;
  crowd{{tally.port()}, refused, 4, 100}.wait();
  CHECK(refused.summary() == "400 x 503");
  CHECK(contains(tally.wait_for_readyz(503), error.name));
  // Count lines before connections: an attempt connects first and then logs.
  const auto lines = count_log_lines(tally, error.name);
  const auto during = connections_received(admin) - connections;
  const auto pauses = (steady_clock::now() - began) / (backoff / 2);
  CHECK(during <= pauses + 2);
  CHECK(lines >= 1);
  CHECK(lines <= during + 1);
  CHECK(redis.visits() == 20);

  error.end(admin);
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 21);
  CHECK(redis.visits() == 21);
}

// Redis allows the script's INCRBY but not its SET: the increment must not persist.
TEST_CASE("a visit whose record cannot be written is not counted", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, steady_backoff()};
  auto admin = redis.connect();
  CHECK(tally.get("/count").number() == 1);
  admin.command({"ACL", "SETUSER", "default", "-set"});
  const auto status = tally.get("/count").status;
  CHECK((status == 500 || status == 503));
  CHECK(redis.visits() == 1);
  admin.command({"ACL", "SETUSER", "default", "+set"});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 2);
}

TEST_CASE(
    "visits to a counter that cannot be incremented are answered 500 and not logged one by one",
    "[proof]")
{
  const auto broken =
      GENERATE(values<std::vector<std::string>>({{"RPUSH", "visits", "x"},
                                                 {"SET", "visits", "x"},
                                                 {"SET", "visits", "9223372036854775807"}}));
  INFO(broken.back());
  redis_server redis;
  tally_process tally{redis, steady_backoff()};
  auto admin = redis.connect();
  const auto connections = connections_received(admin);
  admin.command(broken);
  const auto before = admin.command({"DUMP", "visits"});
  history outcomes;
  crowd{{tally.port()}, outcomes, 4, 50}.wait();
  CHECK(outcomes.summary() == "200 x 500");
  CHECK(admin.command({"DUMP", "visits"}) == before);
  tally.wait_for_readyz(503);
  CHECK(tally.log_lines().size() < 40);
  CHECK(connections_received(admin) == connections);
  admin.command({"DEL", "visits"});
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("while Redis loads its data, visits are answered 503 and loading is not disturbed",
          "[proof]")
{
  // A thousand keys that take one or two milliseconds each to load.
  redis_server redis{
      {{}, {"--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024"}}};
  tally_process tally{redis, steady_backoff()};
  auto admin = redis.connect();
  CHECK(tally.get("/count").number() == 1);
  admin.command({"EVAL", "for i = 1, 1000 do redis.call('SET', 'k' .. i, i) end", "0"});
  admin.command({"BGREWRITEAOF"});
  REQUIRE(eventually([&] {
    const auto info = *admin.command({"INFO", "persistence"});
    return contains(info, "aof_rewrite_in_progress:0") &&
           contains(info, "aof_rewrite_scheduled:0") &&
           contains(info, "aof_last_bgrewrite_status:ok");
  }));
  redis.kill();
  tally.wait_for_readyz(503);

  history outcomes;
  auto seen = std::async(std::launch::async, [&] {
    if (!eventually([&] { return contains(tally.wait_for_readyz(503), "LOADING"); }))
      return false;
    crowd{{tally.port()}, outcomes, 4, 10}.wait();
    return true;
  });
  redis.start();
  CHECK(seen.get());
  CHECK(outcomes.count(503) > 0);
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 2 + outcomes.count(200));
  CHECK(count_log_lines(tally, "LOADING") > 0);
}
