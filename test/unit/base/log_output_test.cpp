#include "catch.hpp"
#include "unit/base/log_lines.hpp"

#include <tally/base/log.hpp>

#include <boost/json/parse.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

// The reader of a pipe or a socket whose small buffer only read_all() empties.
class slow_reader {
public:
  static slow_reader with_pipe()
  {
    slow_reader reader;
    REQUIRE(pipe(reader.ends_.data()) == 0);
    REQUIRE(fcntl(reader.ends_[1], F_SETPIPE_SZ, 8192) == 8192);
    return reader;
  }
  static slow_reader with_socket()
  {
    slow_reader reader;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, reader.ends_.data()) == 0);
    const int size = 8192;
    REQUIRE(setsockopt(reader.ends_[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
    return reader;
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
    return read_log_lines(ends_[0], text_);
  }

private:
  slow_reader() = default;

  std::array<int, 2> ends_{-1, -1};
  std::string text_;
};

} // namespace

TEST_CASE("a line that cannot be written is dropped and counted", "[log]")
{
  const bool is_pipe = GENERATE(true, false);
  slow_reader reader = is_pipe ? slow_reader::with_pipe() : slow_reader::with_socket();
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

TEST_CASE("a line that is longer than the free space of a pipe is written whole", "[log]")
{
  slow_reader reader = slow_reader::with_pipe();
  tally::log log{reader.writer(), tally::log_level::debug};
  const std::string text(1000, 'x');
  for (int i = 0; i != 3; ++i) // 10 kB each, and the pipe holds 8 kB
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

TEST_CASE("the mode of a shared pipe does not change", "[log]")
{
  slow_reader reader = slow_reader::with_pipe();
  const int before = fcntl(reader.writer(), F_GETFL);
  tally::log log{reader.writer(), tally::log_level::debug};
  log.info("listening");
  CHECK(fcntl(reader.writer(), F_GETFL) == before);
  CHECK((before & O_NONBLOCK) == 0);
}

TEST_CASE("lines follow what other programs write to the same file", "[log]")
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
