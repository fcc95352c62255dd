// Expect: 100-continue, RFC 9110, 10.1.1.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;

namespace {

const std::string expecting = "Expect: 100-continue\r\n";

// The server has one worker: after two responses to another client it has read everything that was
// sent before.
void wait_until_read(const tally_process& tally)
{
  for (int i = 0; i < 2; ++i)
    CHECK(tally.get("/livez").status == 200);
}

} // namespace

TEST_CASE("100 precedes the body and the final response follows it", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  client.send(post_text(expecting + "Content-Length: 5\r\n", ""));
  CHECK(client.read().status == 100);
  client.send("hello");
  CHECK(client.read().number() == 1);

  client.send(post_text("EXPECT: x, 100-Continue\r\nTransfer-Encoding: chunked\r\n", ""));
  CHECK(client.read().status == 100);
  client.send("5\r\nhello\r\n0\r\n\r\n");
  CHECK(client.read().number() == 2);

  client.send(request_text("POST", "/nowhere", expecting + "Content-Length: 5\r\n"));
  auto response = client.read();
  if (response.status == 100) // an immediate 404 is valid, too
    response = (client.send("hello"), client.read());
  CHECK(response.status == 404);
}

TEST_CASE("100 follows the responses to earlier requests", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  client.send(request_text("GET", "/count") + post_text("Content-Length: 5\r\n", "hello") +
              post_text(expecting + "Content-Length: 5\r\n", ""));
  CHECK(client.read().number() == 1);
  CHECK(client.read().number() == 2);
  CHECK(client.read().status == 100);
  client.send("hello" + request_text("GET", "/count"));
  CHECK(client.read().number() == 3);
  CHECK(client.read().number() == 4);
}

TEST_CASE("a body sent without waiting for 100 is read", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  for (int number = 1; number <= 5; ++number) {
    client.send(post_text(expecting + "Content-Length: 5\r\n", "hello"));
    auto response = client.read();
    if (response.status == 100)
      response = client.read();
    CHECK(response.number() == number);
  }
}

TEST_CASE("100 is sent only to a client that waits for it", "[integration][conformance]")
{
  conformance server;
  server.check({
      served("no body", request_text("GET", "/count", expecting)),
      served("an empty body", post_text(expecting + "Content-Length: 0\r\n", "")),
      {.name = "another expectation", // 417 is allowed but not required
       .bytes = request_text("GET", "/livez", "Expect: 200-ok\r\n"),
       .responses = {std::vector{200, 417}},
       .end = ending::either},
      refused_immediately("too large", post_text(expecting + "Content-Length: 65537\r\n", ""),
                          {413}),
      refused_immediately("an unknown coding",
                          post_text(expecting + "Transfer-Encoding: gzip\r\n", ""), {501}),
      refused_immediately(
          "a length and a coding",
          post_text(expecting + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ""), {400}),
      refused_immediately(
          "no Host", "POST /count HTTP/1.1\r\n" + expecting + "Content-Length: 5\r\n\r\n", {400}),
  });
}

TEST_CASE("an HTTP/1.0 client gets no 100", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  client.send("POST /count HTTP/1.0\r\n" + expecting + "Content-Length: 5\r\n\r\n");
  wait_until_read(server.tally());
  client.send("hello");
  CHECK(client.read().number() == 1);
  CHECK(client.ended());
}
