// Clients that reset the connection, at any byte of a request and of its response.
#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_stream.hpp"

#include <string>
#include <string_view>

using namespace tally::test;

namespace {

const std::string chunked = chunked_post_text("5;a=b\r\nhello\r\n0\r\nX-A: b\r\n\r\n");
const std::string unchunked = post_text(content_length(5), "hello");
const std::string without_body = post_text("Expect: 100-continue\r\n" + content_length(5));

void send_and_reset(const tally_process& tally, std::string_view bytes)
{
  tcp_stream client{tally.port()};
  client.send(bytes);
  client.reset();
}

// Checks that tally serves, that the total is within these bounds, and that no session failed.
void check_health(tally_process& tally, const redis_server& redis, long long min_total,
                  long long max_total)
{
  REQUIRE(tally.running());
  const auto next = tally.get("/count").number();
  CHECK(next > min_total);
  CHECK(next <= max_total + 1);
  CHECK(tally.stop() == 0);
  CHECK(redis.visits() == next);
  CHECK(tally.events("session_failed").empty());
}

} // namespace

TEST_CASE("a reset at any byte of a request does no harm", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis};
  long long complete = 0;
  for (const std::string_view request : {chunked, unchunked, without_body})
    for (std::size_t size = 0; size <= request.size(); ++size) {
      send_and_reset(tally, request.substr(0, size));
      complete += size == request.size() && request != without_body;
    }
  check_health(tally, redis, 0, complete);
}

TEST_CASE("a reset at any byte of a response loses no visit", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto size = [&] {
    tcp_stream client{tally.port()};
    client.send(request_text("GET", "/count", "Connection: close\r\n"));
    return client.read_all().size();
  }();
  REQUIRE(size > 100);
  long long visits = 1;
  for (std::size_t bytes = 1; bytes < size; bytes += 10) {
    tcp_stream client{tally.port()};
    client.send(unchunked + chunked);
    for (std::size_t received = 0; received < bytes;)
      received += client.read_some(bytes - received).size();
    client.reset();
    ++visits;
  }
  // The second request may have been counted before the reset arrived.
  check_health(tally, redis, visits, 2 * visits);
}

TEST_CASE("resets of pipelining clients do no harm", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto refused = post_text(content_length(70000), "hello");
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += unchunked + chunked;
  constexpr int clients = 50;
  for (int i = 0; i < clients; ++i) {
    send_and_reset(tally, many);
    send_and_reset(tally, refused); // while tally waits for the client to close
  }
  check_health(tally, redis, 0, clients * 200);
}
