// How long a connection stays open, and the order of its responses: RFC 9112, 9.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

#include <functional>

using namespace tally::test;

namespace {

exchange visit_exchange(const std::string& version, const std::string& fields, ending end)
{
  return {.name = version + ' ' + fields,
          .bytes = "GET /count " + version + "\r\nHost: a\r\n" + fields + "\r\n",
          .responses = {200},
          .visits = 1,
          .end = end};
}

} // namespace

TEST_CASE("a connection stays open or closes as the client requests", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{visit_exchange("HTTP/1.1", "", ending::stays_open),
                              visit_exchange("HTTP/1.2", "", ending::stays_open),
                              visit_exchange("HTTP/1.0", "", ending::closes)};
  for (const std::string value :
       {"close", "CLOSE", "Close", "close, keep-alive", "keep-alive, close", "keep-alive,close",
        ",close", "close,", "x , close , y", "\tclose\t", "close, close", "te,\tclose"})
    for (const std::string version : {"HTTP/1.0", "HTTP/1.1"})
      cases.push_back(visit_exchange(version, "Connection: " + value + "\r\n", ending::closes));
  for (const std::string value :
       {"keep-alive", "Keep-Alive", "KEEP-ALIVE", "x, keep-alive", "keep-alive,"})
    for (const std::string version : {"HTTP/1.0", "HTTP/1.1"})
      cases.push_back(visit_exchange(version, "Connection: " + value + "\r\n", ending::stays_open));
  for (const std::string value : {"closed", "x-close", "close-x", "clos", "", "te", "upgrade"}) {
    cases.push_back(
        visit_exchange("HTTP/1.1", "Connection: " + value + "\r\n", ending::stays_open));
    cases.push_back(visit_exchange("HTTP/1.0", "Connection: " + value + "\r\n", ending::closes));
  }
  const std::string contradictory[] = {"Connection: close\r\nConnection: keep-alive\r\n",
                                       "Connection: keep-alive\r\nX-A: b\r\nConnection: close\r\n"};
  for (const auto& fields : contradictory) {
    cases.push_back(visit_exchange("HTTP/1.1", fields, ending::closes));
    cases.push_back(visit_exchange("HTTP/1.0", fields, ending::closes));
  }
  for (const std::string field : {"Connection: ", "Proxy-Connection: "})
    cases.push_back(refused(field + "@", request_text("GET", "/count", field + "@\r\n")));
  cases.push_back(visit_exchange("HTTP/1.1", "Proxy-Connection: close\r\n", ending::stays_open));
  cases.push_back(visit_exchange("HTTP/1.0", "Proxy-Connection: keep-alive\r\n", ending::closes));
  cases.push_back(visit_exchange("HTTP/1.0", "Keep-Alive: timeout=5\r\n", ending::closes));
  server.check(cases);
}

TEST_CASE("a response that closes the connection is the last one", "[integration][conformance]")
{
  conformance server;
  const auto closes = [](const std::string& method, const std::string& target,
                         expected_response response) {
    return exchange{.name = method + ' ' + target,
                    .bytes = request_text(method, target, "Connection: close\r\n"),
                    .responses = {std::move(response)},
                    .end = ending::closes};
  };
  server.check({
      closes("GET", "/", 200),
      closes("HEAD", "/count", head_response(200)),
      closes("OPTIONS", "/count", 204),
      closes("GET", "/nowhere", 404),
      closes("DELETE", "/count", 405),
      closes("GET", "/livez", 200),
  });
}

TEST_CASE("an offered upgrade is ignored", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const std::string protocol : {"h2c", "websocket", "TLS/1.0", "HTTP/2.0"})
    cases.push_back(visit_exchange(
        "HTTP/1.1", "Connection: Upgrade\r\nUpgrade: " + protocol + "\r\n", ending::stays_open));
  cases.push_back(visit_exchange("HTTP/1.1",
                                 "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                 "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
                                 ending::stays_open));
  cases.push_back(
      visit_exchange("HTTP/1.1",
                     "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                     ending::stays_open));
  cases.push_back(
      visit_exchange("HTTP/1.1", "Connection: Upgrade, close\r\nUpgrade: h2c\r\n", ending::closes));
  server.check(cases);
}

TEST_CASE("a hundred different pipelined requests are answered in order",
          "[integration][conformance]")
{
  const std::string chunks = "5\r\nhello\r\n0\r\n\r\n";
  const struct {
    std::string bytes;
    expected_response response;
    int visits;
  } kinds[] = {
      {request_text("GET", "/count"), 200, 1},
      {request_text("HEAD", "/count"), head_response(200), 0},
      {post_text("Content-Length: 5\r\n", "hello"), 200, 1},
      {request_text("DELETE", "/count", "Content-Length: 5\r\n") + "hello", 405, 0},
      {chunked_post_text(chunks), 200, 1},
      {request_text("OPTIONS", "*"), 204, 0},
      {request_text("GET", "/nowhere", "Transfer-Encoding: chunked\r\n") + chunks, 404, 0},
      {request_text("HEAD", "/nowhere"), head_response(404), 0},
      {request_text("GET", "http://a/count"), 200, 1},
      {request_text("GET", "/count", "Sec-Purpose: prefetch\r\n"), 200, 0},
      {"GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, 1},
      {"\r\n" + request_text("GET", "/"), 200, 0},
      {request_text("HEAD", "/", "Content-Length: 5\r\n") + "hello", head_response(200), 0},
  };
  exchange all{.name = "all", .bytes = {}, .responses = {}};
  for (std::size_t i = 0; i < 100; ++i) {
    const auto& kind = kinds[i % std::size(kinds)];
    all.bytes += kind.bytes;
    all.responses.push_back(kind.response);
    all.visits += kind.visits;
  }
  conformance server;
  server.check({all});
}

TEST_CASE("requests before an invalid one are answered", "[integration][conformance]")
{
  exchange invalid_third =
      refused("the third", request_text("GET", "/count") + request_text("POST", "/count") +
                               "GET /count HTTP/1.1\r\n\r\n");
  invalid_third.responses = {200, 200, 400};
  invalid_third.visits = 2;
  conformance server;
  server.check({invalid_third});
}

TEST_CASE("a client that shuts down its sending side gets all responses",
          "[integration][conformance]")
{
  conformance server;
  auto client = server.tally().connect();
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += visit_text() + request_text("GET", "/nowhere");
  client.send(bytes);
  client.shutdown_send();
  for (int i = 1; i <= 20; ++i) {
    CHECK(client.read().number() == i);
    CHECK(client.read().status == 404);
  }
  CHECK(client.ended());
}

TEST_CASE("a client that disconnects within a request counts nothing", "[integration][conformance]")
{
  conformance server;
  for (const std::string& bytes :
       {std::string{"GET /count HTTP/1.1\r\nHost: a\r\n"},
        post_text("Content-Length: 5\r\n", "hell"), chunked_post_text("5\r\nhello"),
        chunked_post_text("5\r\nhello\r\n0\r\n")}) {
    INFO(bytes);
    auto client = server.tally().connect();
    client.send(request_text("GET", "/total") + bytes);
    client.shutdown_send();
    CHECK(client.read().number() == 0);
    if (!client.ended()) // 400 is valid, too
      CHECK(server.tally().get("/total").number() == 0);
  }
  CHECK(server.tally().get("/total").number() == 0);
}

TEST_CASE("an error response reaches a client that keeps sending", "[integration][conformance]")
{
  const std::string excess(300'000, 'a');
  const struct {
    std::string bytes;
    int status;
  } cases[] = {
      {post_text("Content-Length: 400000\r\n", excess), 413},
      {chunked_post_text("61a80\r\n" + excess), 413},
      {request_text("GET", "/count", "X-A: " + excess), 431},
      {"GET /count HTTP/1.1\r\n\r\n" + excess, 400},
      {post_text("Connection: close\r\n", excess), 200},
  };
  conformance server;
  for (const auto& [bytes, status] : cases) {
    INFO(status);
    auto client = server.tally().connect();
    client.send(bytes);
    CHECK(client.read().status == status);
    CHECK(client.ended());
  }
}
