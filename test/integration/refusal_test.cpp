#include "catch.hpp"
#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <string>

using namespace tally::test;

TEST_CASE("what cannot be served is refused and closed and counts nothing", "[integration]")
{
  struct {
    std::string what, bytes;
    int status;
  } const cases[] = {
      {"no HTTP", "hello\r\n\r\n", 400},
      {"no Host", "GET /count HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", request_text("GET", "/count", "Host: other.test\r\n"), 400},
      {"a control character", request_text("GET", "/count", "X-A: \x01\r\n"), 400},
      {"an unknown version", "GET /count HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"a header too large",
       request_text("GET", "/count", "X-A: " + std::string(21000, 'a') + "\r\n"), 431},
      {"a body too large", request_text("POST", "/count", "Content-Length: 65537\r\n"), 413},
      {"an unknown coding", request_text("POST", "/count", "Transfer-Encoding: gzip\r\n"), 501},
      {"a length and a coding",
       request_text("POST", "/count", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") +
           "0\r\n\r\n",
       400},
  };
  redis_server redis;
  tally_process tally{redis};
  for (const auto& [what, bytes, status] : cases) {
    INFO(what);
    auto client = tally.connect();
    // What follows must not be taken for a request.
    client.send(bytes + request_text("GET", "/count"));
    const auto response = client.read();
    CHECK(response.status == status);
    CHECK(response.header("Server") == "tally");
    CHECK(response.closes());
    CHECK(client.ended());
  }
  CHECK(redis.visits() == 0);
}

TEST_CASE("a client that is too slow is cut", "[integration]")
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

TEST_CASE("a client that asks first is told to go on with its body", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  client.send(request_text("POST", "/count", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  CHECK(client.read().status == 100);
  client.send("body");
  CHECK(client.read().number() == 1);
  CHECK(client.get("/total").number() == 1);
}

TEST_CASE("a client that has said all still gets its answer", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  client.send(request_text("GET", "/count"));
  client.shutdown_send();
  CHECK(client.read().number() == 1);
  CHECK(client.ended());
}
