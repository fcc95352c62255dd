// How much tally logs, and what happens when the log is not read.
#include "catch.hpp"
#include "http_client.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <fcntl.h>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace tally::test;

TEST_CASE("events below the log level are not logged", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process verbose{pointing_at(redis, {{"TALLY_LOG_LEVEL", "debug"}})};
  verbose.get("/");
  CHECK(verbose.wait_for_event("request").at("level").as_string() == "debug");
  tally_process standard{pointing_at(redis)};
  standard.get("/");
  CHECK(standard.stop() == 0);
  CHECK(standard.events("request").empty());
}

TEST_CASE("at level error a run without errors logs nothing", "[integration]")
{
  redis_server redis;
  reserved_port port;
  const environment endpoint{{"PORT", std::to_string(port.number())},
                             {"TALLY_ADDRESS", "127.0.0.1"}};
  environment variables = pointing_at(redis, endpoint);
  variables["TALLY_LOG_LEVEL"] = "error";
  variables["TALLY_DRAIN_DELAY_MS"] = "0";
  process tally{{tally_executable()}, variables};
  REQUIRE(eventually([&] { return run_tally(endpoint, {"healthcheck"}).status == 0; }));
  tally.signal(SIGTERM);
  CHECK(tally.wait() == 0);
  CHECK(tally.output().empty());
  CHECK(tally.errors().empty());
}

TEST_CASE("an unread log delays neither visits nor shutdown", "[integration]")
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
  for (int i = 0; i != 100; ++i) // each logs a line
    CHECK(fetch(port.number(), "/count").status == 200);

  // When reading resumes, the number of dropped lines precedes the next line.
  std::string text;
  std::array<char, 4096> piece{};
  REQUIRE(eventually([&] {
    for (ssize_t n = 0; (n = read(reader, piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(n));
    CHECK(fetch(port.number(), "/livez").status == 200);
    return contains(text, R"("event":"log_lines_dropped","count":)");
  }));
  const auto metrics = fetch(port.number(), "/metrics").body;
  CHECK(contains(metrics, "\ntally_log_lines_dropped_total "));
  CHECK_FALSE(contains(metrics, "\ntally_log_lines_dropped_total 0\n"));

  for (int i = 0; i != 100; ++i)
    CHECK(fetch(port.number(), "/count").status == 200);
  tally.signal(SIGTERM);
  CHECK(tally.wait() == 0);
  CHECK(redis.visits() == 200);
  close(reader);
}

TEST_CASE("a flood of the same event is rate limited", "[integration]")
{
  // Closes each connection immediately, which causes hundreds of attempts per second.
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
