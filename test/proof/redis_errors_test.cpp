#include "crowd.hpp"
#include "proof.hpp"
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
  const auto time = std::to_string(backoff.count());
  return patient({{"TALLY_REDIS_BACKOFF_MIN_MS", time}, {"TALLY_REDIS_BACKOFF_MAX_MS", time}});
}

long long connections_received(redis_client& redis)
{
  const auto info = *redis.command({"INFO", "stats"});
  constexpr std::string_view field = "total_connections_received:";
  return std::stoll(info.substr(info.find(field) + field.size()));
}

long lines_with(const tally_process& tally, std::string_view text)
{
  const auto lines = tally.log_lines();
  return std::ranges::count_if(lines, [&](const auto& line) { return contains(line, text); });
}

using change = std::function<void(redis_client&)>;

struct trouble {
  std::string name; // as Redis begins its error with
  change begin;
  change end;
};

change command(std::vector<std::string> words)
{
  return [words = std::move(words)](redis_client& redis) { redis.command(words); };
}

std::filesystem::path snapshot(redis_client& redis)
{
  const auto answer = *redis.command({"CONFIG", "GET", "dir"});
  return std::filesystem::path{answer.substr(4, answer.size() - 5)} / "dump.rdb";
}

void wait_for_snapshot(redis_client& redis, const std::string& outcome)
{
  redis.command({"BGSAVE"});
  REQUIRE(eventually([&] {
    return contains(*redis.command({"INFO", "persistence"}), "rdb_last_bgsave_status:" + outcome);
  }));
}

// Redis stops writing when it could not save a snapshot, here to where a folder stands.
const trouble no_snapshot{"MISCONF",
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

TEST_CASE("while Redis refuses, visits are not counted and the log says it once", "[proof]")
{
  const trouble now = GENERATE(values<trouble>(
      {{"OOM", command({"CONFIG", "SET", "maxmemory", "1"}),
        command({"CONFIG", "SET", "maxmemory", "0"})},
       {"READONLY", command({"REPLICAOF", "127.0.0.1", "1"}), command({"REPLICAOF", "NO", "ONE"})},
       no_snapshot}));
  INFO(now.name);
  redis_server redis;
  tally_process tally{redis, steady_backoff()};
  auto admin = redis.connect();
  history answers;
  crowd{{tally.port()}, answers, 4, 5}.wait();
  check_all_counted(answers, redis, 20);

  const auto connections = connections_received(admin);
  const auto began = steady_clock::now();
  now.begin(admin);
  CHECK(eventually([&] { return tally.get("/count").status != 200; }));
  CHECK(eventually([&] { return contains(tally.wait_for_readyz(503), now.name); }));
  history refused;
  crowd{{tally.port()}, refused, 4, 100}.wait();
  CHECK(refused.summary() == "400 x 503");
  CHECK(contains(tally.wait_for_readyz(503), now.name));
  const auto lines = lines_with(tally, now.name); // before: each attempt is a connection first
  const auto during = connections_received(admin) - connections;
  const auto pauses = (steady_clock::now() - began) / (backoff / 2);
  CHECK(during <= pauses + 2);
  CHECK(lines >= 1);
  CHECK(lines <= during + 1);
  CHECK(redis.visits() == 20);

  now.end(admin);
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 21);
  CHECK(redis.visits() == 21);
}

// The script's INCRBY is allowed, and its SET refused: neither may stand.
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

TEST_CASE("a counter that cannot be counted answers 500, without a log line a visit", "[proof]")
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
  history answers;
  crowd{{tally.port()}, answers, 4, 50}.wait();
  CHECK(answers.summary() == "200 x 500");
  CHECK(admin.command({"DUMP", "visits"}) == before);
  tally.wait_for_readyz(503);
  CHECK(tally.log_lines().size() < 40);
  CHECK(connections_received(admin) == connections);
  admin.command({"DEL", "visits"});
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("while Redis loads its data, visits answer 503 and the loading is left in peace",
          "[proof]")
{
  // A thousand keys that take a millisecond or two each to load.
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

  history answers;
  auto seen = std::async(std::launch::async, [&] {
    if (!eventually([&] { return contains(tally.wait_for_readyz(503), "LOADING"); }))
      return false;
    crowd{{tally.port()}, answers, 4, 10}.wait();
    return true;
  });
  redis.start();
  CHECK(seen.get());
  CHECK(answers.count(503) > 0);
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 2 + answers.count(200));
  CHECK(lines_with(tally, "LOADING") > 0);
}
