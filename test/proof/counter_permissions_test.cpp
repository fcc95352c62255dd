#include "proof.hpp"

#include <set>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

using names = std::set<std::string>;

std::vector<http_response> count_together(const tally_process& tally,
                                          const std::vector<std::string>& counters)
{
  std::vector<std::string> requests;
  for (const auto& each : counters)
    requests.push_back(request_text("GET", count_target(each)));
  return tally.connect().pipeline(requests);
}

} // namespace

TEST_CASE("a counter that cannot be incremented gets no place in the register", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, worker_settings(1)};
  redis.connect().command({"LPUSH", "{visits}:list", "x"});
  const auto responses = count_together(tally, {"a", "list", "b", "visits"});
  CHECK(responses[0].number() == 1);
  CHECK(responses[1].status == 500);
  CHECK(responses[2].number() == 1);
  CHECK(responses[3].number() == 1);
  CHECK(registered_counters(redis) == names{"a", "b"});

  redis.connect().command({"DEL", "{visits}:list"});
  CHECK(tally.get("/count/list").number() == 1);
  CHECK(registered_counters(redis) == names{"a", "b", "list"});
}

TEST_CASE("without a permission to register a counter, only new counters are refused", "[proof]")
{
  const std::string command = GENERATE("sadd", "sismember", "scard");
  INFO("without " << command);
  redis_server redis;
  tally_process tally{redis, worker_settings(1)};
  CHECK(tally.get("/count/old").number() == 1);
  auto admin = redis.connect();
  admin.command({"ACL", "SETUSER", "default", '-' + command});
  CHECK(tally.get("/count/new").status == 500);
  const auto responses = count_together(tally, {"old", "new", "visits"});
  CHECK(responses[0].status == 200);
  CHECK(responses[1].status == 500);
  CHECK(responses[2].status == 200);
  CHECK(tally.get("/total/old").number() == 2);
  CHECK(registered_counters(redis) == names{"old"});
  CHECK(counters_with_key(redis) == names{"old"});

  admin.command({"ACL", "SETUSER", "default", '+' + command});
  CHECK(tally.get("/count/new").number() == 1);
  CHECK(registered_counters(redis) == names{"new", "old"});
}

TEST_CASE("a batch whose record cannot be written leaves no counter behind", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, worker_settings(1)};
  CHECK(tally.get("/count/old").number() == 1);
  auto admin = redis.connect();
  admin.command({"ACL", "SETUSER", "default", "-set"});
  for (const auto& each : count_together(tally, {"new", "old", "visits", "other"}))
    CHECK(each.status == 500);
  CHECK(registered_counters(redis) == names{"old"});
  CHECK(counters_with_key(redis) == names{"old"});
  CHECK(redis.visits("old") == 1);
  CHECK(redis.visits() == 0);

  admin.command({"ACL", "SETUSER", "default", "+set"});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count/old").number() == 2);
  CHECK(tally.get("/count/new").number() == 1);
}

TEST_CASE("while Redis has no memory, no counter is made", "[proof]")
{
  redis_server redis;
  tally_process tally{redis, worker_settings(1)};
  CHECK(tally.get("/count/old").number() == 1);
  auto admin = redis.connect();
  admin.command({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(tally.get("/count/new").status == 503);
  CHECK(registered_counters(redis) == names{"old"});
  CHECK(counters_with_key(redis) == names{"old"});
  admin.command({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(eventually([&] { return tally.get("/count/new").status == 200; }));
  CHECK(redis.visits("new") == 1);
}
