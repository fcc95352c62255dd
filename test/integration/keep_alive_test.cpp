#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <string>

using namespace tally::test;

TEST_CASE("a connection serves one request after another", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  for (int number = 1; number <= 20; ++number) {
    const auto response = client.get("/count");
    CHECK(response.number() == number);
    CHECK_FALSE(response.closes());
    CHECK(client.get("/nowhere").status == 404);
  }
}

TEST_CASE("pipelined requests are answered in order", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  constexpr int rounds = 100;
  std::string bytes;
  for (int round = 0; round < rounds; ++round)
    bytes += visit_text() + request_text("GET", "/livez") + request_text("GET", "/total");
  client.send(bytes);
  for (int round = 1; round <= rounds; ++round) {
    REQUIRE(client.read().number() == round);
    REQUIRE(client.read().body == "ok\n");
    REQUIRE(client.read().number() == round);
  }
  CHECK(redis.visits() == rounds);
}

TEST_CASE("a request may arrive byte by byte", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  for (const char byte : visit_text())
    client.send({&byte, 1});
  CHECK(client.read().number() == 1);
}

TEST_CASE("a connection is closed when the client asks for it", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  const auto response = client.get("/count", "Connection: close\r\n");
  CHECK(response.number() == 1);
  CHECK(response.closes());
  CHECK(client.ended());
}

TEST_CASE("requests after one that closes the connection are not answered", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  client.send(request_text("GET", "/count", "Connection: close\r\n") + visit_text());
  CHECK(client.read().number() == 1);
  CHECK(client.ended());
  CHECK(redis.visits() == 1);
}

TEST_CASE("an HTTP/1.0 connection closes unless the client asks for keep-alive", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto closing = tally.connect();
  closing.send("GET /count HTTP/1.0\r\n\r\n");
  CHECK(closing.read().number() == 1);
  CHECK(closing.ended());

  auto keeping = tally.connect();
  for (int number = 2; number <= 4; ++number) {
    keeping.send("GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto response = keeping.read();
    CHECK(response.number() == number);
    CHECK(response.header("Connection") == "keep-alive");
  }
}

TEST_CASE("a client that disconnects without reading does no harm", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (int i = 0; i < 50; ++i)
    tally.connect().send(visit_text() + visit_text());
  CHECK(tally.get("/livez").status == 200);
  CHECK(tally.get("/count").status == 200);
  CHECK(tally.stop() == 0);
  CHECK(redis.visits() <= 101);
}
