#include "catch.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "tally_process.hpp"

#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("a visit that Redis refuses is not counted and answers 503", "[integration]")
{
  struct {
    std::vector<std::string> refuse, accept;
  } const refusals[] = {
      {{"CONFIG", "SET", "maxmemory", "1"}, {"CONFIG", "SET", "maxmemory", "0"}},
      {{"REPLICAOF", "127.0.0.1", "1"}, {"REPLICAOF", "NO", "ONE"}},
  };
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  long long number = 1;
  for (const auto& [refuse, accept] : refusals) {
    INFO(refuse.front() << ' ' << refuse[1]);
    redis.connect().command(refuse);
    const auto response = tally.get("/count");
    CHECK(response.status == 503);
    CHECK(response.has("Retry-After"));
    redis.connect().command(accept);
    CHECK(redis.visits() == number);
    tally.wait_for_readyz(200);
    CHECK(tally.get("/count").number() == ++number);
  }
}

TEST_CASE("a visit that Redis will never count answers 500", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  redis.connect().command({"RPUSH", "visits", "not a number"});
  CHECK(tally.get("/count").status == 500);
  CHECK(tally.get("/total").status == 500);
  redis.connect().command({"SET", "visits", "9223372036854775807"});
  CHECK(tally.get("/count").status == 500);
  redis.connect().command({"SET", "visits", "seven"});
  CHECK(tally.get("/count").status == 500);
  redis.connect().command({"DEL", "visits"});
  CHECK(tally.get("/count").number() == 1);
  redis.connect().command({"ACL", "SETUSER", "default", "-incrby"});
  CHECK(tally.get("/count").status == 500);
  CHECK(tally.get("/total").number() == 1);
  redis.connect().command({"ACL", "SETUSER", "default", "+incrby"});
  CHECK(tally.get("/count").number() == 2);
}

TEST_CASE("a peer that is no Redis harms nobody", "[integration]")
{
  const std::string words =
      GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", "$-1\r\n", "*2\r\n", "");
  INFO(words);
  scripted_peer peer{[&](tcp_stream& connection) {
    while (!connection.read_some().empty())
      connection.send(words);
  }};
  tally_process tally{{{"REDIS_HOST", "127.0.0.1"},
                       {"REDIS_PORT", std::to_string(peer.port())},
                       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"},
                       {"TALLY_VISIT_TIMEOUT_MS", "300"}}};
  REQUIRE(eventually([&] { return peer.connections() > 0; }));
  for (int i = 0; i < 3; ++i) {
    const auto status = tally.get("/count").status;
    CHECK((status == 503 || status == 504));
    CHECK(tally.get("/").status == 200);
  }
  CHECK(tally.stop() == 0);
}
