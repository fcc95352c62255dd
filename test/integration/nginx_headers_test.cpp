// The header fields that nginx passes on, and the access log that it writes.
#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "text.hpp"
#include "upstream.hpp"
#include "wait.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("nginx sets the forwarding headers and ignores those of the client", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  const auto response = fetch(nginx.port(), "/count", "GET",
                              "X-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
                              "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: 6.6.6.6\r\n"
                              "Forwarded: for=6.6.6.6\r\nX-Request-ID: bad id 6.6.6.6\r\n");
  REQUIRE(backend.requests().size() == 1);
  const auto request = backend.requests().front();
  INFO(request);
  CHECK(contains(request, "\r\nX-Forwarded-For: 127.0.0.1\r\n"));
  CHECK(contains(request, "\r\nX-Real-IP: 127.0.0.1\r\n"));
  CHECK(contains(request, "\r\nX-Forwarded-Proto: http\r\n"));
  CHECK(contains(request, "\r\nX-Request-ID: " + response.header("X-Request-ID") + "\r\n"));
  CHECK_FALSE(contains(request, "6.6.6.6"));
  CHECK_FALSE(contains(nginx.access_log(), "6.6.6.6"));
}

TEST_CASE("nginx forwards and returns a valid request ID", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  const auto response = fetch(nginx.port(), "/count", "GET", "X-Request-ID: visit-42\r\n");
  CHECK(response.header("X-Request-ID") == "visit-42");
  REQUIRE(backend.requests().size() == 1);
  CHECK(contains(backend.requests().front(), "\r\nX-Request-ID: visit-42\r\n"));
}

TEST_CASE("nginx forwards every Idempotency-Key unchanged", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  fetch(nginx.port(), "/count", "POST",
        "Idempotency-Key: \"8e03978e\"\r\nIdempotency-Key: another\r\n");
  REQUIRE(backend.requests().size() == 1);
  const auto request = backend.requests().front();
  CHECK(contains(request, "\r\nIdempotency-Key: \"8e03978e\"\r\n"));
  CHECK(contains(request, "\r\nIdempotency-Key: another\r\n"));
}

TEST_CASE("every access log line is JSON, whatever the request", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  const std::vector<std::string> targets{"/plain?query", "/\xff",    "/caf\xc3\xa9?x",
                                         "/a?\xff",      "/quo\"te", "/back\\slash",
                                         "/%ff",         "/\x7f"};
  for (const auto& target : targets)
    fetch(nginx.port(), target, "GET", "X-Request-ID: \xff\r\n");
  for (const std::string bytes : {"\xff / HTTP/1.1\r\n\r\n", "GET /\x01 HTTP/1.1\r\n\r\n"}) {
    http_client client{nginx.port()};
    client.send(bytes);
    CHECK(client.read().status == 400);
  }
  const auto request_count = targets.size() + 2;
  CHECK(eventually([&] { return occurrences(nginx.access_log(), "\n") == request_count; }));
  std::istringstream lines{nginx.access_log()};
  std::vector<std::string> paths;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error); // accepts only valid UTF-8
    REQUIRE_FALSE(error);
    paths.emplace_back(value.at("path").as_string());
  }
  REQUIRE(paths.size() == request_count);
  CHECK(paths[0] == "/plain");
  CHECK(paths[1] == "(not ASCII)");
  CHECK(paths[2] == "(not ASCII)");
  CHECK(paths[3] == "/a");
  CHECK(paths[4] == "/quo\"te");
  CHECK(paths[8].empty()); // nginx found no target
}
