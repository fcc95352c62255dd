// Clients that are slow, many, or stuck. Whatever they do, others are served.
#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_stream.hpp"

#include <functional>
#include <future>
#include <string>
#include <system_error>

using namespace tally::test;

namespace {

const std::string visit = request_text("GET", "/count");

// Takes the first answer off the text and returns its body, which is one line.
std::string take_line(std::string& text)
{
  const auto begin = text.find("\r\n\r\n");
  const auto end = text.find('\n', begin + 4);
  if (!text.starts_with("HTTP/1.1 200 ") || begin == text.npos || end == text.npos)
    throw std::runtime_error{"no answer: " + text.substr(0, 300)};
  const auto line = text.substr(begin + 4, end - begin - 4);
  text.erase(0, end + 1);
  return line;
}

// Sends the pieces one after another until an answer comes, an honest visit between any two.
http_response drip(const tally_process& tally, const std::string& start, const std::string& piece)
{
  auto dripping = tally.connect();
  auto honest = tally.connect();
  dripping.send(start);
  while (!dripping.readable()) {
    dripping.send(piece);
    CHECK(honest.get("/livez").status == 200);
  }
  const auto answer = dripping.read();
  CHECK(dripping.ended());
  return answer;
}

} // namespace

TEST_CASE("a client that reads byte by byte gets all answers in order", "[integration][endurance]")
{
  constexpr int requests = 2000;
  redis_server redis;
  tally_process tally{redis};
  tcp_stream slow{tally.port()};
  slow.limit_unread(2048);
  auto sending = std::async(std::launch::async, [&] {
    std::string bytes;
    for (int i = 0; i < requests; ++i)
      bytes += visit;
    slow.send(bytes);
  });
  std::string received;
  for (int number = 1; number <= requests;) {
    const auto byte = slow.read_some(1);
    REQUIRE_FALSE(byte.empty());
    received += byte;
    // An answer is whole at the line end behind its empty line.
    if (byte == "\n" && received.ends_with('\n') && received.find("\r\n\r\n") < received.size() - 4)
      REQUIRE(take_line(received) == std::to_string(number++));
  }
  sending.get();
  CHECK(redis.visits() == requests);
}

TEST_CASE("a head that drips is cut while others are served", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_REQUEST_TIMEOUT_MS", "200"}, {"TALLY_MAX_HEADER_BYTES", "1048576"}}};
  CHECK(drip(tally, "GET /count HTTP/1.1\r\nHost: a\r\n", "a: b\r\n").status == 408);
  CHECK(drip(tally, "GET /count HTTP/1.1\r\nHost: a\r\nX-A: ", "a").status == 408);
  CHECK(redis.visits() == 0);
}

TEST_CASE("a body that drips is cut while others are served", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_REQUEST_TIMEOUT_MS", "200"}, {"TALLY_MAX_BODY_BYTES", "100000000"}}};
  CHECK(drip(tally, request_text("POST", "/count", "Content-Length: 90000000\r\n"), "a").status ==
        408);
  CHECK(drip(tally, request_text("POST", "/count", "Transfer-Encoding: chunked\r\n"), "1\r\na\r\n")
            .status == 408);
  CHECK(redis.visits() == 0);
}

TEST_CASE("a client that reads no answers is cut while others are served",
          "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_WRITE_TIMEOUT_MS", "200"}}};
  tcp_stream stuck{tally.port()};
  stuck.limit_unread(2048);
  // The server stops reading where it cannot write, and then resets the connection.
  auto cut = std::async(std::launch::async, [&] {
    // Many at once: of tiny segments the kernel drops some, and the way to a full buffer is long.
    std::string bytes;
    for (int i = 0; i != 200; ++i)
      bytes += request_text("GET", "/") + request_text("GET", "/livez");
    try {
      for (;;)
        stuck.send(bytes);
    } catch (const std::system_error&) {
      return true;
    } catch (const std::exception&) {
      return false; // it waits for ever
    }
  });
  auto honest = tally.connect();
  int served = 0;
  do
    REQUIRE(honest.get("/count").number() == ++served);
  while (cut.wait_for(std::chrono::seconds{0}) != std::future_status::ready);
  CHECK(cut.get());
  CHECK(honest.get("/count").number() == served + 1);
}
