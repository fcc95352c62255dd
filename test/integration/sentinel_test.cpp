#include "administration.hpp"
#include "catch.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "sentinel_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <string>
#include <utility>

using namespace tally::test;

namespace {

/// The variables that point tally at these sentinels. Only a hang exceeds the timeouts.
environment watched_by(const std::string& sentinels, environment variables = {})
{
  variables.merge(environment{{"REDIS_SENTINELS", sentinels},
                              {"REDIS_SENTINEL_SERVICE", sentinel_server::service},
                              {"TALLY_REDIS_BACKOFF_MAX_MS", "200"},
                              {"TALLY_REDIS_REPLY_TIMEOUT_MS", "18000"},
                              {"TALLY_VISIT_TIMEOUT_MS", "18000"}});
  return variables;
}

std::string address_of(const redis_server& redis)
{
  return "127.0.0.1:" + std::to_string(redis.port());
}

std::string reason_of(const boost::json::object& event)
{
  return event.at("reason").as_string().c_str();
}

/// Makes visits until one gets a number.
long long count_again(const tally_process& tally)
{
  long long number = 0;
  REQUIRE(eventually([&] {
    const auto response = tally.get("/count");
    number = response.status == 200 ? response.number() : 0;
    return number != 0;
  }));
  return number;
}

} // namespace

TEST_CASE("tally counts on the master that the sentinels name, and follows a fail-over",
          "[integration]")
{
  redis_server master;
  redis_server replica{replica_of(master)};
  sentinel_server sentinel{master, 1};
  const int workers = GENERATE(1, 2);
  tally_process tally{watched_by(sentinel.address(), {{"TALLY_THREADS", std::to_string(workers)}})};
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
  CHECK(tally.wait_for_event("redis_ready").at("address").as_string() == address_of(master));
  CHECK(run_tally(watched_by(sentinel.address()), {"get", "visits"}).output == "1\n");
  REQUIRE(eventually([&] { return replica.visits() == 1; }));

  sentinel.fail_over();
  const auto event = tally.wait_for_event("redis_failover");
  CHECK(event.at("sentinel").as_string() == sentinel.address());
  CHECK(event.at("master").as_string() == address_of(replica));
  CHECK(count_again(tally) == 2);
  CHECK(replica.visits() == 2);
  CHECK(run_tally(watched_by(sentinel.address()), {"set", "visits", "9"}).status == 0);
  CHECK(replica.visits() == 9);
}

TEST_CASE("tally leaves a master that hangs when the sentinels have chosen another",
          "[integration]")
{
  redis_server master;
  redis_server replica{replica_of(master)};
  sentinel_server sentinel{master, 1};
  tally_process tally{watched_by(sentinel.address())};
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
  REQUIRE(eventually([&] { return replica.visits() == 1; }));
  master.freeze();
  CHECK(count_again(tally) == 2);
  CHECK(replica.visits() == 2);
  CHECK(reason_of(tally.wait_for_event("redis_lost")) ==
        "the sentinels have chosen another master");
  master.thaw();
}

TEST_CASE("a sentinel that does not reply does not hide one that does", "[integration]")
{
  redis_server master;
  sentinel_server sentinel{master, 0};
  scripted_peer silent{[](tcp_stream& connection) {
    while (!connection.read_some().empty()) {
    }
  }};
  const reserved_port absent;
  tally_process tally{watched_by("127.0.0.1:" + std::to_string(silent.port()) + ",127.0.0.1:" +
                                 std::to_string(absent.number()) + ',' + sentinel.address())};
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("tally does not count on a replica that a sentinel takes for the master", "[integration]")
{
  redis_server master;
  redis_server replica{replica_of(master)};
  const auto port = std::to_string(replica.port());
  scripted_peer sentinel{[&](tcp_stream& connection) {
    while (contains(connection.read_some(), "PING"))
      connection.send("+PONG\r\n");
    connection.send("*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(port.size()) + "\r\n" + port +
                    "\r\n");
    while (!connection.read_some().empty()) {
    }
  }};
  replica.connect().command({"CONFIG", "SET", "replica-read-only", "no"});
  tally_process tally{watched_by("127.0.0.1:" + std::to_string(sentinel.port()))};
  CHECK(reason_of(tally.wait_for_event("redis_unreachable")) == "not a master: its role is slave");
  CHECK(tally.get("/count").status == 503);
}

TEST_CASE("the errors of sentinels are reported", "[integration]")
{
  redis_server master;
  sentinel_server sentinel{master, 0, "hush"};
  const auto with_password = watched_by(sentinel.address(), {{"REDIS_SENTINEL_PASSWORD", "hush"}});
  CHECK(tally_process{with_password}.wait_for_readyz(200) == "ready\n");

  tally_process without{watched_by(sentinel.address())};
  CHECK(contains(reason_of(without.wait_for_event("redis_unreachable")),
                 "sentinel " + sentinel.address() + ": NOAUTH"));
  auto unknown = with_password;
  unknown["REDIS_SENTINEL_SERVICE"] = "other";
  tally_process lost{unknown};
  CHECK(reason_of(lost.wait_for_event("redis_unreachable")) ==
        "sentinel " + sentinel.address() + ": there is no master called other");
  check_fails(run_tally(unknown, {"list"}), "there is no master called other");
}

TEST_CASE("a sentinel that lies does no harm", "[integration]")
{
  redis_server master;
  const auto port = std::to_string(master.port());
  const auto named =
      "*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(port.size()) + "\r\n" + port + "\r\n";
  const std::string reply =
      GENERATE("+OK\r\n", ":1\r\n", "*0\r\n", "*3\r\n+subscribe\r\n$1\r\nx\r\n:1\r\n",
               "*3\r\n$11\r\nunsubscribe\r\n$14\r\n+switch-master\r\n:0\r\n", "*2000000000\r\n",
               "*3\r\n$7\r\nmessage\r\n*1\r\n", "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nx\r\n",
               "*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$5\r\ntally\r\n");
  INFO(reply);
  scripted_peer sentinel{[&](tcp_stream& connection) {
    for (;;) {
      const auto command = connection.read_some();
      if (command.empty())
        return;
      connection.send(contains(command, "PING")        ? "+PONG\r\n"
                      : contains(command, "SUBSCRIBE") ? reply
                                                       : named);
    }
  }};
  tally_process tally{watched_by("127.0.0.1:" + std::to_string(sentinel.port()),
                                 {{"TALLY_REDIS_REPLY_TIMEOUT_MS", "300"}})};
  REQUIRE(eventually([&] { return sentinel.connections() > 3; }));
  CHECK(tally.stop() == 0);
}
