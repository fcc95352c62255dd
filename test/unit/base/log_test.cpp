#include "catch.hpp"

#include <tally/base/log.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

std::chrono::system_clock::time_point now;

// What a log writes, line by line.
class captured {
public:
  explicit captured(tally::log_level threshold) : pipe_{open()}
  {
    to_.emplace(pipe_[1], threshold, &tell);
  }
  ~captured()
  {
    close(pipe_[0]);
    if (pipe_[1] != -1)
      close(pipe_[1]);
  }
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;

  tally::log& log() { return *to_; }

  std::vector<boost::json::object> lines()
  {
    to_.reset(); // the log may have opened the pipe again
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
  std::optional<tally::log> to_;
};

// A pipe, or a pair of sockets, with a small buffer that only read_all() empties.
class slow_reader {
public:
  static slow_reader of_pipe()
  {
    slow_reader made;
    REQUIRE(pipe(made.ends_.data()) == 0);
    REQUIRE(fcntl(made.ends_[1], F_SETPIPE_SZ, 8192) == 8192);
    return made;
  }
  static slow_reader of_socket()
  {
    slow_reader made;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, made.ends_.data()) == 0);
    const int size = 8192;
    REQUIRE(setsockopt(made.ends_[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
    return made;
  }
  ~slow_reader()
  {
    for (const int each : ends_)
      if (each >= 0)
        close(each);
  }
  slow_reader(slow_reader&& other) noexcept : ends_{std::exchange(other.ends_, {-1, -1})} {}
  slow_reader& operator=(slow_reader&&) = delete;

  int writer() const { return ends_[1]; }

  // Returns all complete lines that have arrived.
  std::vector<boost::json::object> read_all()
  {
    REQUIRE(fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
    std::array<char, 4096> piece{};
    for (ssize_t n = 0; (n = read(ends_[0], piece.data(), piece.size())) > 0;)
      text_.append(piece.data(), static_cast<std::size_t>(n));
    std::vector<boost::json::object> lines;
    for (std::size_t end = 0; (end = text_.find('\n')) != text_.npos; text_.erase(0, end + 1))
      lines.push_back(boost::json::parse(text_.substr(0, end)).as_object());
    return lines;
  }

private:
  slow_reader() = default;

  std::array<int, 2> ends_{-1, -1};
  std::string text_;
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

TEST_CASE("a line that cannot be written is dropped and counted", "[log]")
{
  const bool is_pipe = GENERATE(true, false);
  slow_reader reader = is_pipe ? slow_reader::of_pipe() : slow_reader::of_socket();
  tally::log log{reader.writer(), tally::log_level::debug};
  constexpr std::size_t written = 1000;
  for (std::size_t i = 0; i != written; ++i)
    log.debug("request", {{"number", i}});
  const auto before = reader.read_all();
  REQUIRE(before.size() < written);

  log.info("listening");
  const auto after = reader.read_all();
  REQUIRE(after.size() == 2);
  CHECK(after[0].at("event") == "log_lines_dropped");
  CHECK(after[0].at("level") == "warning");
  CHECK(after[0].at("count").to_number<std::size_t>() == written - before.size());
  CHECK(after[1].at("event") == "listening");
  log.info("stopped");
  CHECK(reader.read_all().size() == 1);
}

TEST_CASE("a line that is longer than a pipe has room for is never cut in half", "[log]")
{
  slow_reader reader = slow_reader::of_pipe();
  tally::log log{reader.writer(), tally::log_level::debug};
  const std::string text(1000, 'x');
  for (int i = 0; i != 3; ++i) // 10 kB each, and room for 8
    log.debug("long", {{"a", text},
                       {"b", text},
                       {"c", text},
                       {"d", text},
                       {"e", text},
                       {"f", text},
                       {"g", text},
                       {"h", text},
                       {"i", text},
                       {"j", text}});
  CHECK(reader.read_all().empty());
  log.debug("short");
  const auto after = reader.read_all();
  REQUIRE(after.size() == 3);
  CHECK(after[0].at("event") == "long");
  CHECK(after[1].at("count") == 2);
  CHECK(after[2].at("event") == "short");
}

TEST_CASE("a long text is cut, so that a pipe takes its line whole or not at all", "[log]")
{
  captured out{tally::log_level::debug};
  out.log().debug("request", {{"target", std::string(8000, '"')}, {"status", 404}});
  const auto lines = out.lines();
  REQUIRE(lines.size() == 1);
  CHECK(std::string{lines[0].at("target").as_string().c_str()} == std::string(1024, '"') + "...");
  CHECK(lines[0].at("status") == 404);
  CHECK(boost::json::serialize(lines[0]).size() < PIPE_BUF);
}

TEST_CASE("the mode of a pipe that others share does not change", "[log]")
{
  slow_reader reader = slow_reader::of_pipe();
  const int before = fcntl(reader.writer(), F_GETFL);
  tally::log log{reader.writer(), tally::log_level::debug};
  log.info("listening");
  CHECK(fcntl(reader.writer(), F_GETFL) == before);
  CHECK((before & O_NONBLOCK) == 0);
}

TEST_CASE("lines go behind what others write to the same file", "[log]")
{
  std::FILE* const file = std::tmpfile();
  REQUIRE(file);
  const int fd = fileno(file);
  {
    tally::log log{fd, tally::log_level::info};
    log.info("one");
    REQUIRE(write(fd, "two\n", 4) == 4);
    log.info("three");
  }
  std::array<char, 512> text{};
  REQUIRE(pread(fd, text.data(), text.size() - 1, 0) > 0);
  std::fclose(file);
  const std::string all{text.data()};
  CHECK(all.find("one") < all.find("two\n"));
  CHECK(all.find("two\n") < all.find("three"));
  CHECK(all.ends_with("}\n"));
}
