#include "catch.hpp"
#include "unit/base/captured_log.hpp"

#include <tally/base/log.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <climits>
#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

std::chrono::system_clock::time_point now;

std::chrono::system_clock::time_point current_time()
{
  return now;
}

} // namespace

TEST_CASE("an event is one line of JSON", "[log]")
{
  now = std::chrono::sys_days{std::chrono::year{2026} / 2 / 3} + 4h + 5min + 6s + 7ms;
  captured_log output{tally::log_level::info, current_time};
  output.log().warning("redis_lost", {{"reason", "a \"quoted\"\nline"}, {"retry_ms", 50}});
  const auto lines = output.lines();
  REQUIRE(lines.size() == 1);
  CHECK(boost::json::serialize(lines[0]) ==
        R"({"time":"2026-02-03T04:05:06.007Z","level":"warning","event":"redis_lost",)"
        R"("reason":"a \"quoted\"\nline","retry_ms":50})");
}

TEST_CASE("events below the level are not written", "[log]")
{
  captured_log output{tally::log_level::warning, current_time};
  output.log().debug("request");
  output.log().info("listening");
  output.log().warning("redis_lost");
  output.log().error("accept_failed");
  CHECK(output.lines().size() == 2);
}

TEST_CASE("a flood of one event is limited and counted, and does not affect other events", "[log]")
{
  now = {};
  captured_log output{tally::log_level::info, current_time};
  for (unsigned i = 0; i != tally::log::burst + 5; ++i)
    output.log().warning("redis_unreachable");
  output.log().info("listening");
  now += tally::log::window;
  output.log().warning("redis_unreachable");
  const auto lines = output.lines();
  REQUIRE(lines.size() == tally::log::burst + 2);
  CHECK(lines[tally::log::burst].at("event") == "listening");
  CHECK(lines.back().at("suppressed") == 5);
}

TEST_CASE("events of level debug are not limited", "[log]")
{
  now = {};
  captured_log output{tally::log_level::debug, current_time};
  for (unsigned i = 0; i != tally::log::burst * 3; ++i)
    output.log().debug("request");
  CHECK(output.lines().size() == tally::log::burst * 3);
}

TEST_CASE("a long text is truncated, so that its line fits in PIPE_BUF", "[log]")
{
  captured_log output{tally::log_level::debug, current_time};
  output.log().debug("request", {{"target", std::string(8000, '"')}, {"status", 404}});
  const auto lines = output.lines();
  REQUIRE(lines.size() == 1);
  CHECK(std::string{lines[0].at("target").as_string().c_str()} == std::string(1024, '"') + "...");
  CHECK(lines[0].at("status") == 404);
  CHECK(boost::json::serialize(lines[0]).size() < PIPE_BUF);
}
