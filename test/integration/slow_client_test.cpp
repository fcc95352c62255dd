// Clients that are slow or stuck do not affect others.
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

// Removes the first response from the text and returns its body, which is one line.
std::string take_line(std::string& text)
{
  const auto begin = text.find("\r\n\r\n");
  const auto end = text.find('\n', begin + 4);
  if (!text.starts_with("HTTP/1.1 200 ") || begin == text.npos || end == text.npos)
    throw std::runtime_error{"not a response: " + text.substr(0, 300)};
  const auto line = text.substr(begin + 4, end - begin - 4);
  text.erase(0, end + 1);
  return line;
}

// Sends `piece` again and again until a response arrives; another client is served in between.
http_response send_slowly(const tally_process& tally, const std::string& start,
                          const std::string& piece)
{
  auto slow = tally.connect();
  auto other = tally.connect();
  slow.send(start);
  while (!slow.readable()) {
    slow.send(piece);
    CHECK(other.get("/livez").status == 200);
  }
  const auto response = slow.read();
  CHECK(slow.ended());
  return response;
}

} // namespace

TEST_CASE("a client that reads byte by byte gets all responses in order",
          "[integration][endurance]")
{
  constexpr int requests = 2000;
  redis_server redis;
  tally_process tally{redis};
  tcp_stream slow{tally.port()};
  slow.limit_unread(2048);
  auto sending = std::async(std::launch::async, [&] {
    std::string bytes;
    for (int i = 0; i < requests; ++i)
      bytes += visit_text();
    slow.send(bytes);
  });
  std::string received;
  for (int number = 1; number <= requests;) {
    const auto byte = slow.read_some(1);
    REQUIRE_FALSE(byte.empty());
    received += byte;
    // A response is complete at the line end after its empty line.
    if (byte == "\n" && received.ends_with('\n') && received.find("\r\n\r\n") < received.size() - 4)
      REQUIRE(take_line(received) == std::to_string(number++));
  }
  sending.get();
  CHECK(redis.visits() == requests);
}

TEST_CASE("a head that arrives too slowly gets 408 while others are served",
          "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_REQUEST_TIMEOUT_MS", "200"}, {"TALLY_MAX_HEADER_BYTES", "1048576"}}};
  CHECK(send_slowly(tally, "GET /count HTTP/1.1\r\nHost: a\r\n", "a: b\r\n").status == 408);
  CHECK(send_slowly(tally, "GET /count HTTP/1.1\r\nHost: a\r\nX-A: ", "a").status == 408);
  CHECK(redis.visits() == 0);
}

TEST_CASE("a body that arrives too slowly gets 408 while others are served",
          "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_REQUEST_TIMEOUT_MS", "200"}, {"TALLY_MAX_BODY_BYTES", "100000000"}}};
  CHECK(send_slowly(tally, post_text(content_length(90'000'000)), "a").status == 408);
  CHECK(send_slowly(tally, chunked_post_text(""), "1\r\na\r\n").status == 408);
  CHECK(redis.visits() == 0);
}

TEST_CASE("a client that reads no responses is disconnected while others are served",
          "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_WRITE_TIMEOUT_MS", "200"}}};
  tcp_stream stuck{tally.port()};
  stuck.limit_unread(2048);
  // When the server cannot write, it stops reading, and resets the connection at the timeout.
  auto disconnected = std::async(std::launch::async, [&] {
    // Large sends: the kernel drops some tiny segments, so that the buffers would fill too slowly.
    std::string bytes;
    for (int i = 0; i != 200; ++i)
      bytes += request_text("GET", "/") + request_text("GET", "/livez");
    try {
      for (;;)
        stuck.send(bytes);
    } catch (const std::system_error&) {
      return true;
    } catch (const std::exception&) {
      return false; // timed out
    }
  });
  auto other = tally.connect();
  int served = 0;
  do
    REQUIRE(other.get("/count").number() == ++served);
  while (disconnected.wait_for(std::chrono::seconds{0}) != std::future_status::ready);
  CHECK(disconnected.get());
  CHECK(other.get("/count").number() == served + 1);
}
