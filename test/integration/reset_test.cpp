// Clients that go without a farewell, at every point of a request and of its answer.
#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_stream.hpp"

#include <string>
#include <string_view>

using namespace tally::test;

namespace {

const std::string chunked = request_text("POST", "/count", "Transfer-Encoding: chunked\r\n") +
                            "5;a=b\r\nhello\r\n0\r\nX-A: b\r\n\r\n";
const std::string sized = request_text("POST", "/count", "Content-Length: 5\r\n") + "hello";
const std::string asking =
    request_text("POST", "/count", "Expect: 100-continue\r\nContent-Length: 5\r\n");

void send_and_reset(const tally_process& tally, std::string_view bytes)
{
  tcp_stream client{tally.port()};
  client.send(bytes);
  client.reset();
}

// Serves, keeps what was counted within these bounds, and has nothing to complain of.
void check_health(tally_process& tally, const redis_server& redis, long long least, long long most)
{
  REQUIRE(tally.running());
  const auto next = tally.get("/count").number();
  CHECK(next > least);
  CHECK(next <= most + 1);
  CHECK(tally.stop() == 0);
  CHECK(redis.visits() == next);
  CHECK(tally.events("session_failed").empty());
}

} // namespace

TEST_CASE("a reset at any byte of a request harms nobody", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis};
  long long whole = 0;
  for (const std::string_view request : {chunked, sized, asking})
    for (std::size_t size = 0; size <= request.size(); ++size) {
      send_and_reset(tally, request.substr(0, size));
      whole += size == request.size() && request != asking;
    }
  check_health(tally, redis, 0, whole);
}

TEST_CASE("a reset at any byte of an answer loses no visit", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto size = [&] {
    tcp_stream client{tally.port()};
    client.send(request_text("GET", "/count", "Connection: close\r\n"));
    std::size_t all = 0;
    for (std::string some; !(some = client.read_some()).empty();)
      all += some.size();
    return all;
  }();
  REQUIRE(size > 100);
  long long visits = 1;
  for (std::size_t bytes = 1; bytes < size; bytes += 10) {
    tcp_stream client{tally.port()};
    client.send(sized + chunked);
    for (std::size_t read = 0; read < bytes;)
      read += client.read_some(bytes - read).size();
    client.reset();
    ++visits;
  }
  // The second of the two may have been counted before the reset arrived.
  check_health(tally, redis, visits, 2 * visits);
}

TEST_CASE("resets of pipelining clients harm nobody", "[integration][endurance]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto refused = request_text("POST", "/count", "Content-Length: 70000\r\n") + "hello";
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += sized + chunked;
  constexpr int clients = 50;
  for (int i = 0; i < clients; ++i) {
    send_and_reset(tally, many);
    send_and_reset(tally, refused); // while it lingers
  }
  check_health(tally, redis, 0, clients * 200);
}
