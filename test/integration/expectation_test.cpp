// Expect: 100-continue, RFC 9110, 10.1.1.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;

namespace {

const std::string expecting = "Expect: 100-continue\r\n";

// The server has one worker: once it has answered another client twice, it has seen what came
// before.
void let_it_be_seen(const tally_process& tally)
{
  for (int i = 0; i < 2; ++i)
    CHECK(tally.get("/livez").status == 200);
}

} // namespace

TEST_CASE("100 comes before the body and the answer behind it", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  client.send(post(expecting + "Content-Length: 5\r\n", ""));
  CHECK(client.read().status == 100);
  client.send("hello");
  CHECK(client.read().number() == 1);

  client.send(post("EXPECT: x, 100-Continue\r\nTransfer-Encoding: chunked\r\n", ""));
  CHECK(client.read().status == 100);
  client.send("5\r\nhello\r\n0\r\n\r\n");
  CHECK(client.read().number() == 2);

  client.send(request_text("POST", "/nowhere", expecting + "Content-Length: 5\r\n"));
  auto answer = client.read();
  if (answer.status == 100) // 404 at once would do as well
    answer = (client.send("hello"), client.read());
  CHECK(answer.status == 404);
}

TEST_CASE("100 comes behind the answers to what was asked before", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  client.send(request_text("GET", "/count") + post("Content-Length: 5\r\n", "hello") +
              post(expecting + "Content-Length: 5\r\n", ""));
  CHECK(client.read().number() == 1);
  CHECK(client.read().number() == 2);
  CHECK(client.read().status == 100);
  client.send("hello" + request_text("GET", "/count"));
  CHECK(client.read().number() == 3);
  CHECK(client.read().number() == 4);
}

TEST_CASE("a body that did not wait for 100 is read all the same", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  for (int number = 1; number <= 5; ++number) {
    client.send(post(expecting + "Content-Length: 5\r\n", "hello"));
    auto answer = client.read();
    if (answer.status == 100)
      answer = client.read();
    CHECK(answer.number() == number);
  }
}

TEST_CASE("100 is sent to nobody who does not wait for it", "[integration][conformance]")
{
  const auto refused_at_once = [](std::string name, std::string bytes, int status) {
    exchange each = refused(std::move(name), std::move(bytes), {status});
    each.end = ending::closes_at_once;
    return each;
  };
  conformance server;
  server.check({
      served("no body", request_text("GET", "/count", expecting)),
      served("an empty body", post(expecting + "Content-Length: 0\r\n", "")),
      {.name = "another expectation", // 417 is allowed, not required
       .bytes = request_text("GET", "/livez", "Expect: 200-ok\r\n"),
       .answers = {std::vector{200, 417}},
       .end = ending::either},
      refused_at_once("too large", post(expecting + "Content-Length: 65537\r\n", ""), 413),
      refused_at_once("an unknown coding", post(expecting + "Transfer-Encoding: gzip\r\n", ""),
                      501),
      refused_at_once("a length and a coding",
                      post(expecting + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ""),
                      400),
      refused_at_once("no Host",
                      "POST /count HTTP/1.1\r\n" + expecting + "Content-Length: 5\r\n\r\n", 400),
  });
}

TEST_CASE("HTTP/1.0 knows no 100", "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  client.send("POST /count HTTP/1.0\r\n" + expecting + "Content-Length: 5\r\n\r\n");
  let_it_be_seen(server.tally());
  client.send("hello");
  CHECK(client.read().number() == 1);
  CHECK(client.ended());
}
