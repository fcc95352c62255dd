#include "catch.hpp"
#include "command_reader.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

using namespace tally::test;

namespace {

/// Replaces each digit by a d.
std::string digits_masked(std::string text)
{
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::isdigit(c); }, 'd');
  return text;
}

void check_lines(const tally_process& tally)
{
  const std::set<std::string> levels{"debug", "info", "warning", "error"};
  for (const auto& line : tally.log_lines()) {
    INFO(line);
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    REQUIRE_FALSE(error);
    const auto& event = value.as_object();
    CHECK(digits_masked(event.at("time").as_string().c_str()) == "dddd-dd-ddTdd:dd:dd.dddZ");
    CHECK(levels.contains(event.at("level").as_string().c_str()));
    CHECK_FALSE(event.at("event").as_string().empty());
  }
}

} // namespace

TEST_CASE("every log line is a JSON event and contains no secret", "[integration]")
{
  const std::string secret = "hunter2-of-the-log";
  redis_server redis{{secret, {}}};
  tally_process tally{redis, {{"REDIS_PASSWORD", secret}, {"TALLY_LOG_LEVEL", "debug"}}};
  tally.get("/count");
  fetch(tally.port(), "/nowhere\\\"quoted", "GET", "User-Agent: \"\x01\xff\"\r\n");
  fetch(tally.port(), "/nowhere\xff\xfe");
  redis.kill();
  tally.wait_for_event("redis_lost");
  tally.wait_for_event("redis_unreachable");
  redis.start();
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.stop() == 0);

  check_lines(tally);
  for (const std::string event :
       {"starting", "listening", "redis_ready", "redis_lost", "redis_unreachable", "request",
        "draining", "counted", "stopped"}) {
    INFO(event);
    CHECK_FALSE(tally.events(event).empty());
  }
  CHECK(tally.events("counted").size() == 1);
  CHECK(tally.events("counted").at(0).at("visits") == 1);
  CHECK_FALSE(contains(tally.everything_written(), secret));
}

TEST_CASE("an error reply from Redis cannot break the log", "[integration]")
{
  scripted_peer peer{[](tcp_stream& connection) {
    for (command_reader commands{connection};;) {
      const auto words = commands.read();
      const bool first_batch = words.at(0) == "EVALSHA" && words.at(7) == "1";
      connection.send(first_batch ? "-ERR \xff \"} \x01\r\n" : "+OK\r\n");
    }
  }};
  tally_process tally{{{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", std::to_string(peer.port())}}};
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").status == 503);
  CHECK(tally.stop() == 0);
  check_lines(tally);
}

TEST_CASE("the log begins with the effective configuration", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}, {"TALLY_IDLE_TIMEOUT_MS", "54321"}}};
  REQUIRE_FALSE(tally.log_lines().empty());
  const auto first = tally.log_lines().front();
  INFO(first);
  CHECK(tally.wait_for_event("starting").at("version").as_string() == "tally " TALLY_VERSION);
  CHECK(contains(first, "\"starting\""));
  CHECK(contains(first, std::to_string(redis.port())));
  CHECK(contains(first, "54321"));
}

TEST_CASE("a request is logged with its X-Request-ID", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_LOG_LEVEL", "debug"}}};
  tally.connect().get("/count", "X-Request-ID: abc.DEF_0-9\r\n");
  CHECK(tally.wait_for_event("request").at("request_id") == "abc.DEF_0-9");
  tally.connect().get("/count", "X-Request-ID: not \"fit\"\r\n");
  CHECK(tally.wait_for_event("request", 2).at("request_id") == "");
}

TEST_CASE("a failed visit is logged with its X-Request-ID, a failed total is not", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis)};
  tally.wait_for_event("redis_unreachable");
  auto client = tally.connect();
  CHECK(client.get("/total", "X-Request-ID: total\r\n").status == 503);
  CHECK(client.get("/count", "X-Request-ID: visit\r\n").status == 503);
  const auto failed = tally.wait_for_event("visit_failed");
  CHECK(failed.at("level") == "warning");
  CHECK(failed.at("request_id") == "visit");
  CHECK(failed.at("status") == 503);
  CHECK(failed.at("reason") == "the store is not reachable");
}
