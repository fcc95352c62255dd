#include "catch.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

/// An IPv4 address of this machine other than loopback; empty when there is none.
std::string external_address()
{
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0)
    return {};
  std::string found;
  for (const ifaddrs* each = interfaces; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET ||
        (each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0)
      continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* const address = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
    found = ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
  }
  ::freeifaddrs(interfaces);
  return found;
}

} // namespace

TEST_CASE("a visit that Redis refuses is not counted and gets 503", "[integration]")
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

TEST_CASE("a visit that Redis can never count gets 500", "[integration]")
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

TEST_CASE("too many Redis clients are reported as the error", "[integration]")
{
  redis_server redis;
  auto client = redis.connect();
  client.command({"CONFIG", "SET", "maxclients", "1"});
  tally_process tally{pointing_at(redis)};
  const auto event = tally.wait_for_event("redis_unreachable");
  CHECK(event.at("reason").as_string() == "ERR max number of clients reached");
  CHECK(contains(tally.wait_for_readyz(503), "ERR max number of clients reached"));
  client.command({"CONFIG", "SET", "maxclients", "100"});
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("Redis in protected mode is reported as the error, in one line of bounded length",
          "[integration]")
{
  const auto address = external_address();
  if (address.empty()) {
    WARN("this machine has only loopback addresses: not tested");
    return;
  }
  redis_server redis{{"", {"--bind", "127.0.0.1", address, "--protected-mode", "yes"}}};
  tally_process tally{pointing_at(redis, {{"REDIS_HOST", address}})};
  const auto event = tally.wait_for_event("redis_unreachable");
  const std::string reason = event.at("reason").as_string().c_str();
  CHECK(reason.starts_with("DENIED "));
  CHECK(contains(reason, "unning in protected mode")); // Valkey begins another sentence
  CHECK(reason.size() < 256);
  CHECK(contains(tally.wait_for_readyz(503), reason));
}

TEST_CASE("an unsolicited reply is reported as the error", "[integration]")
{
  scripted_peer peer{[](tcp_stream& connection) {
    connection.send("-DENIED \x01" + std::string(1000, 'x') + "\r\n-second line\r\n");
    while (!connection.read_some().empty()) {
    }
  }};
  tally_process tally{{{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", std::to_string(peer.port())}}};
  const auto event = tally.wait_for_event("redis_unreachable");
  const std::string reason = event.at("reason").as_string().c_str();
  CHECK(reason == "DENIED ?" + std::string(192, 'x') + "...");
}

TEST_CASE("a peer that is not Redis does no harm", "[integration]")
{
  const std::string reply =
      GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", "$-1\r\n", "*2\r\n", "");
  INFO(reply);
  scripted_peer peer{[&](tcp_stream& connection) {
    while (!connection.read_some().empty())
      connection.send(reply);
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
