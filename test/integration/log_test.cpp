#include "catch.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <fcntl.h>
#include <set>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace tally::test;

namespace {

/// Digits as a d, to show a text's form.
std::string form(std::string text)
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
    CHECK(form(event.at("time").as_string().c_str()) == "dddd-dd-ddTdd:dd:dd.dddZ");
    CHECK(levels.contains(event.at("level").as_string().c_str()));
    CHECK_FALSE(event.at("event").as_string().empty());
  }
}

} // namespace

TEST_CASE("each log line is a JSON event from start to stop and tells no secret", "[integration]")
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
  for (const std::string event : {"starting", "listening", "redis_ready", "redis_lost",
                                  "redis_unreachable", "request", "draining", "stopped"}) {
    INFO(event);
    CHECK_FALSE(tally.events(event).empty());
  }
  CHECK_FALSE(contains(tally.everything_written(), secret));
}

TEST_CASE("what Redis says cannot break the log", "[integration]")
{
  const std::string first_batch = "\r\n$1\r\n1\r\n$8\r\n86400000\r\n"; // its number
  scripted_peer peer{[&](tcp_stream& connection) {
    for (std::string words; !(words = connection.read_some()).empty();)
      connection.send(!contains(words, first_batch) ? "+OK\r\n" : "-ERR \xff \"} \x01\r\n");
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

TEST_CASE("the log level silences what is below it", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process talkative{pointing_at(redis, {{"TALLY_LOG_LEVEL", "debug"}})};
  talkative.get("/");
  CHECK(talkative.wait_for_event("request").at("level").as_string() == "debug");
  tally_process usual{pointing_at(redis)};
  usual.get("/");
  CHECK(usual.stop() == 0);
  CHECK(usual.events("request").empty());
}

TEST_CASE("at level error a run without an error says nothing", "[integration]")
{
  redis_server redis;
  reserved_port port;
  const environment where{{"PORT", std::to_string(port.number())}, {"TALLY_ADDRESS", "127.0.0.1"}};
  environment variables = pointing_at(redis, where);
  variables["TALLY_LOG_LEVEL"] = "error";
  variables["TALLY_DRAIN_DELAY_MS"] = "0";
  process tally{{tally_executable()}, variables};
  REQUIRE(eventually([&] { return run_tally(where, {"healthcheck"}).status == 0; }));
  tally.signal(SIGTERM);
  CHECK(tally.wait() == 0);
  CHECK(tally.output().empty());
  CHECK(tally.errors().empty());
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

TEST_CASE("a visit that fails is logged with its X-Request-ID, a total is not", "[integration]")
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

TEST_CASE("a log that nobody reads holds up neither visits nor a stop", "[integration]")
{
  redis_server redis;
  const temporary_folder folder;
  const auto fifo = folder.path() / "log";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const int reader = open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  REQUIRE(fcntl(reader, F_SETPIPE_SZ, 4096) == 4096);

  reserved_port port;
  process tally{{"sh", "-c", R"(exec "$0" 2>"$1")", tally_executable(), fifo.string()},
                pointing_at(redis, {{"PORT", std::to_string(port.number())},
                                    {"TALLY_ADDRESS", "127.0.0.1"},
                                    {"TALLY_THREADS", "2"},
                                    {"TALLY_LOG_LEVEL", "debug"},
                                    {"TALLY_DRAIN_DELAY_MS", "0"}})};
  const auto ready = [&] {
    try {
      return fetch(port.number(), "/readyz").status == 200;
    } catch (const std::exception&) {
      return false;
    }
  };
  REQUIRE(eventually(ready));
  for (int i = 0; i != 100; ++i) // each writes a line
    CHECK(fetch(port.number(), "/count").status == 200);

  // When the reader goes on, the number of dropped lines comes before the next line.
  std::string text;
  std::array<char, 4096> piece{};
  REQUIRE(eventually([&] {
    for (ssize_t n = 0; (n = read(reader, piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(n));
    CHECK(fetch(port.number(), "/livez").status == 200);
    return contains(text, R"("event":"log_lines_dropped","count":)");
  }));

  for (int i = 0; i != 100; ++i)
    CHECK(fetch(port.number(), "/count").status == 200);
  tally.signal(SIGTERM);
  CHECK(tally.wait() == 0);
  CHECK(redis.visits() == 200);
  close(reader);
}

TEST_CASE("a flood of the same event is rate limited", "[integration]")
{
  // Hangs up on each attempt at once, which makes hundreds a second.
  scripted_peer peer{[](tcp_stream&) {}};
  tally_process tally{{{"REDIS_HOST", "127.0.0.1"},
                       {"REDIS_PORT", std::to_string(peer.port())},
                       {"TALLY_REDIS_BACKOFF_MIN_MS", "1"},
                       {"TALLY_REDIS_BACKOFF_MAX_MS", "1"}}};
  CHECK(eventually([&] { return peer.connections() > 300; }));
  CHECK(tally.stop() == 0);
  CHECK(tally.log_lines().size() < 100);
  CHECK(tally.events("stopped").size() == 1);
}
