#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <string>

using namespace tally::test;

TEST_CASE("an invalid request is refused, closes the connection and counts nothing",
          "[integration]")
{
  struct {
    std::string name, bytes;
    int status;
  } const cases[] = {
      {"no HTTP", "hello\r\n\r\n", 400},
      {"no Host", "GET /count HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", request_text("GET", "/count", "Host: other.test\r\n"), 400},
      {"a control character", request_text("GET", "/count", "X-A: \x01\r\n"), 400},
      {"an unknown version", "GET /count HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"a header too large",
       request_text("GET", "/count", "X-A: " + std::string(21000, 'a') + "\r\n"), 431},
      {"a body too large", post_text(content_length(65537)), 413},
      {"an unknown coding", post_text("Transfer-Encoding: gzip\r\n"), 501},
      {"a length and a coding",
       post_text("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
  };
  redis_server redis;
  tally_process tally{redis};
  for (const auto& [name, bytes, status] : cases) {
    INFO(name);
    auto client = tally.connect();
    // A visit after an invalid request must not be executed.
    client.send(bytes + visit_text());
    const auto response = client.read();
    CHECK(response.status == status);
    CHECK(response.header("Server") == "tally");
    CHECK(response.closes());
    CHECK(client.ended());
  }
  CHECK(redis.visits() == 0);
}

TEST_CASE("a client that is too slow is disconnected", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"TALLY_IDLE_TIMEOUT_MS", "200"}, {"TALLY_REQUEST_TIMEOUT_MS", "200"}}};
  auto silent = tally.connect();
  CHECK(silent.ended());

  auto served = tally.connect();
  CHECK(served.get("/count").number() == 1);
  CHECK(served.ended());

  auto unfinished = tally.connect();
  unfinished.send("GET /count HTTP/1.1\r\n");
  CHECK(unfinished.read().status == 408);
  CHECK(unfinished.ended());
  CHECK(redis.visits() == 1);
}

TEST_CASE("a client that expects 100 gets it before its body", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  client.send(post_text("Expect: 100-continue\r\nContent-Length: 4\r\n"));
  CHECK(client.read().status == 100);
  client.send("body");
  CHECK(client.read().number() == 1);
  CHECK(client.get("/total").number() == 1);
}

TEST_CASE("a client that shuts down its sending side gets its response", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  client.send(visit_text());
  client.shutdown_send();
  CHECK(client.read().number() == 1);
  CHECK(client.ended());
}
