#include "catch.hpp"

#include <tally/log.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;

std::chrono::system_clock::time_point now;

// What a log writes, line by line.
class captured {
public:
  explicit captured(tally::log_level threshold) : pipe_{open()}, to_{pipe_[1], threshold, &tell} {}
  ~captured()
  {
    close(pipe_[0]);
    if (pipe_[1] != -1)
      close(pipe_[1]);
  }
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;

  tally::log& log() { return to_; }

  std::vector<boost::json::object> lines()
  {
    close(std::exchange(pipe_[1], -1));
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t n = 0; (n = read(pipe_[0], piece.data(), piece.size())) > 0;)
      text.append(piece.data(), static_cast<std::size_t>(n));
    std::vector<boost::json::object> parsed;
    for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != text.npos; from = to + 1)
      parsed.push_back(boost::json::parse(text.substr(from, to - from)).as_object());
    return parsed;
  }

private:
  static std::array<int, 2> open()
  {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    return ends;
  }
  static std::chrono::system_clock::time_point tell() { return now; }

  std::array<int, 2> pipe_;
  tally::log to_;
};

} // namespace

TEST_CASE("an event is one line of JSON", "[log]")
{
  now = std::chrono::sys_days{std::chrono::year{2026} / 2 / 3} + 4h + 5min + 6s + 7ms;
  captured out{tally::log_level::info};
  out.log().warning("redis_lost", {{"reason", "a \"quoted\"\nline"}, {"retry_ms", 50}});
  const auto lines = out.lines();
  REQUIRE(lines.size() == 1);
  CHECK(boost::json::serialize(lines[0]) ==
        R"({"time":"2026-02-03T04:05:06.007Z","level":"warning","event":"redis_lost",)"
        R"("reason":"a \"quoted\"\nline","retry_ms":50})");
}

TEST_CASE("what is below the level is not written", "[log]")
{
  captured out{tally::log_level::warning};
  out.log().debug("request");
  out.log().info("listening");
  out.log().warning("redis_lost");
  out.log().error("accept_failed");
  CHECK(out.lines().size() == 2);
}

TEST_CASE("a flood of one event is cut, counted, and leaves other events alone", "[log]")
{
  now = {};
  captured out{tally::log_level::info};
  for (unsigned i = 0; i != tally::log::burst + 5; ++i)
    out.log().warning("redis_unreachable");
  out.log().info("listening");
  now += tally::log::window;
  out.log().warning("redis_unreachable");
  const auto lines = out.lines();
  REQUIRE(lines.size() == tally::log::burst + 2);
  CHECK(lines[tally::log::burst].at("event") == "listening");
  CHECK(lines.back().at("suppressed") == 5);
}

TEST_CASE("requests are logged one by one at level debug", "[log]")
{
  now = {};
  captured out{tally::log_level::debug};
  for (unsigned i = 0; i != tally::log::burst * 3; ++i)
    out.log().debug("request");
  CHECK(out.lines().size() == tally::log::burst * 3);
}
