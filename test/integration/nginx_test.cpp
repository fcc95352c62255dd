#include "app/config.hpp"
#include "catch.hpp"
#include "descriptor_limit.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "upstream.hpp"
#include "visitors.hpp"
#include "wait.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace tally::test;

TEST_CASE("visits are counted through nginx", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}}};
  nginx_server nginx{tally.port()};
  CHECK(contains(fetch(nginx.port(), "/").body, "/count"));
  CHECK(fetch(nginx.port(), "/count", "POST", "Content-Length: 0\r\n").number() == 1);
  auto client = http_client{nginx.port()};
  const auto response = client.get("/count?from=nginx");
  CHECK(response.number() == 2);
  CHECK(response.header("Cache-Control") == "no-store");
  CHECK(response.header("Access-Control-Allow-Origin") == "*");
  CHECK_FALSE(contains(response.header("Server"), "/")); // no version
  CHECK(client.request("HEAD", "/count").status == 200);
  CHECK(client.get("/count", "Sec-Purpose: prefetch\r\n").number() == 2);

  const auto visits = visitors{nginx.port(), 16, 25}.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.distinct());
  CHECK(redis.visits() == 2 + 16 * 25);
}

TEST_CASE("nginx keeps its connections to tally", "[integration]")
{
  upstream tally;
  nginx_server nginx{tally.port()};
  for (int i = 0; i < 5; ++i)
    CHECK(fetch(nginx.port(), "/count").status == 200);
  CHECK(tally.requests().size() == 5);
  CHECK(tally.connections() == 1);
  CHECK_FALSE(contains(tally.requests().front(), "\r\nConnection:"));
}

TEST_CASE("nginx does not send a visit again when tally breaks", "[integration]")
{
  upstream tally{0};
  nginx_server nginx{tally.port()};
  CHECK(fetch(nginx.port(), "/count").status == 504);
  CHECK(tally.requests().size() == 1);
}

TEST_CASE("nginx does not send a visit again when a kept connection breaks", "[integration]")
{
  upstream tally{1};
  nginx_server nginx{tally.port()};
  CHECK(fetch(nginx.port(), "/count").status == 200);
  CHECK(fetch(nginx.port(), "/count").status == 504);
  CHECK(tally.requests().size() == 2);
  CHECK(tally.connections() == 1);
}

TEST_CASE("nginx says that a visit is not counted while tally is away", "[integration]")
{
  reserved_port nobody;
  nginx_server nginx{nobody.number()};
  const auto response = fetch(nginx.port(), "/count");
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
}

TEST_CASE("what tally answers while Redis is away passes through nginx", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis)};
  nginx_server nginx{tally.port()};
  const auto direct = tally.get("/count");
  const auto response = fetch(nginx.port(), "/count");
  CHECK(response.status == 503);
  CHECK(response.body == direct.body);
  CHECK(response.header("Retry-After") == direct.header("Retry-After"));
}

TEST_CASE("scripts of other origins may read Retry-After of nginx and of tally", "[integration]")
{
  const auto exposes = [](const http_response& response) {
    return contains(response.header("Access-Control-Expose-Headers"), "Retry-After");
  };
  reserved_port nobody;
  nginx_server alone{nobody.number()};
  CHECK(exposes(fetch(alone.port(), "/count")));          // 503
  CHECK(exposes(fetch(alone.port(), "/count", "TRACE"))); // 405

  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis)};
  nginx_server nginx{tally.port()};
  CHECK(exposes(fetch(nginx.port(), "/count")));
  CHECK(exposes(fetch(nginx.port(), "/count", "DELETE")));
  CHECK(fetch(nginx.port(), "/count", "OPTIONS").header("Access-Control-Allow-Headers") == "*");
}

TEST_CASE("nginx tells tally who asks and believes no claims", "[integration]")
{
  upstream tally;
  nginx_server nginx{tally.port()};
  const auto response = fetch(nginx.port(), "/count", "GET",
                              "X-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
                              "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: 6.6.6.6\r\n"
                              "Forwarded: for=6.6.6.6\r\nX-Request-ID: bad id 6.6.6.6\r\n");
  REQUIRE(tally.requests().size() == 1);
  const auto request = tally.requests().front();
  INFO(request);
  CHECK(contains(request, "\r\nX-Forwarded-For: 127.0.0.1\r\n"));
  CHECK(contains(request, "\r\nX-Real-IP: 127.0.0.1\r\n"));
  CHECK(contains(request, "\r\nX-Forwarded-Proto: http\r\n"));
  CHECK(contains(request, "\r\nX-Request-ID: " + response.header("X-Request-ID") + "\r\n"));
  CHECK_FALSE(contains(request, "6.6.6.6"));
  CHECK_FALSE(contains(nginx.access_log(), "6.6.6.6"));
}

TEST_CASE("a fit request id goes all the way and back", "[integration]")
{
  upstream tally;
  nginx_server nginx{tally.port()};
  const auto response = fetch(nginx.port(), "/count", "GET", "X-Request-ID: visit-42\r\n");
  CHECK(response.header("X-Request-ID") == "visit-42");
  REQUIRE(tally.requests().size() == 1);
  CHECK(contains(tally.requests().front(), "\r\nX-Request-ID: visit-42\r\n"));
}

TEST_CASE("nginx serves neither probes nor metrics to the outside", "[integration]")
{
  upstream tally;
  nginx_server nginx{tally.port()};
  for (const std::string target : {"/livez", "/readyz", "/metrics", "/livez?x", "/metrics/",
                                   "/%6civez", "//readyz", "/./metrics"}) {
    INFO(target);
    CHECK(fetch(nginx.port(), target).status == 404);
  }
  CHECK(tally.requests().empty());
}

TEST_CASE("an ordinary visitor meets no limit, and a flood gets 429", "[integration]")
{
  // An `upstream` serves one connection at a time, which is too slow to exceed the limit.
  redis_server redis;
  tally_process tally{redis};
  nginx_server nginx{tally.port()};
  // Every address of 127/8 is this machine's. 127.0.0.1 itself is not limited.
  http_client ordinary{nginx.port(), "127.0.0.1", "127.0.0.2"};
  for (int i = 0; i < 200; ++i)
    REQUIRE(ordinary.get("/count").status == 200);

  // It has to exceed 1000 requests a second under any sanitizer: over several connections, with few
  // requests in each.
  constexpr int connections = 16;
  constexpr int requests = 50;
  std::string portion;
  for (int i = 0; i < requests; ++i)
    portion += request_text("GET", "/count");
  http_response response;
  CHECK(eventually([&] {
    std::vector<http_client> flood;
    for (int i = 0; i < connections; ++i)
      flood.emplace_back(nginx.port(), "127.0.0.1", "127.0.0.3").send(portion);
    for (auto& each : flood)
      for (int i = 0; i < requests && response.status != 429; ++i)
        response = each.read();
    return response.status == 429;
  }));
  CHECK(response.has("Retry-After"));
  CHECK(ordinary.get("/count").status == 200);
}

TEST_CASE("half-sent bodies of one address are limited, and others are served", "[integration]")
{
  constexpr int limit = 512;
  constexpr int beyond = 100;
  const descriptor_limit room{4096};
  upstream tally;
  nginx_server nginx{tally.port()};
  const auto half =
      request_text("POST", "/count", "Content-Length: 8192\r\n") + std::string(4096, 'x');
  std::vector<http_client> attackers;
  attackers.reserve(limit + beyond);
  for (int i = 0; i < limit + beyond; ++i) {
    attackers.emplace_back(nginx.port(), "127.0.0.1", "127.0.0.2");
    attackers.back().send(half);
  }
  const auto answered = [](const http_client& each) { return each.readable(); };
  CHECK(eventually([&] { return std::ranges::count_if(attackers, answered) >= beyond; }));
  for (auto& each : attackers)
    if (answered(each))
      REQUIRE(each.read().status == 429);
  http_client visitor{nginx.port(), "127.0.0.1", "127.0.0.3"};
  CHECK(visitor.get("/count").status == 200);
  CHECK(tally.requests().size() == 1);
}

TEST_CASE("each line of the access log is JSON, whatever was asked", "[integration]")
{
  upstream tally;
  nginx_server nginx{tally.port()};
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
  const auto asked = targets.size() + 2;
  CHECK(eventually([&] { return occurrences(nginx.access_log(), "\n") == asked; }));
  std::istringstream lines{nginx.access_log()};
  std::vector<std::string> paths;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error); // accepts valid UTF-8 only
    REQUIRE_FALSE(error);
    paths.emplace_back(value.at("path").as_string());
  }
  REQUIRE(paths.size() == asked);
  CHECK(paths[0] == "/plain");
  CHECK(paths[1] == "(not ASCII)");
  CHECK(paths[2] == "(not ASCII)");
  CHECK(paths[3] == "/a");
  CHECK(paths[4] == "/quo\"te");
  CHECK(paths[8].empty()); // no target was found
}

TEST_CASE("a body beyond the limit ends at nginx", "[integration]")
{
  upstream tally;
  nginx_server nginx{tally.port()};
  const auto response = fetch(nginx.port(), "/count", "POST", "Content-Length: 8193\r\n");
  CHECK(response.status == 413);
  CHECK(tally.requests().empty());
}

// A request that nginx sends on a kept connection while Tally closes it would be lost.
TEST_CASE("nginx closes idle connections before a Tally that stops does", "[integration]")
{
  std::ifstream file{TALLY_NGINX_FOLDER "/nginx.conf"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  constexpr std::string_view name = "keepalive_timeout ";
  const auto at = text.find(name);
  REQUIRE(at != text.npos);
  std::size_t digits = 0;
  const int milliseconds = std::stoi(text.substr(at + name.size()), &digits);
  CHECK(text.substr(at + name.size() + digits).starts_with("ms;"));
  CHECK(std::chrono::milliseconds{milliseconds} < tally::http_settings{}.drain_delay);
}
