// The requests that nginx does not pass on to tally.
#include "catch.hpp"
#include "descriptor_limit.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "upstream.hpp"
#include "wait.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("a flood gets 429 from nginx, an ordinary visitor does not", "[integration]")
{
  // A real tally: an `upstream` serves one connection at a time, too slowly to exceed the limit.
  redis_server redis;
  tally_process tally{redis};
  nginx_server nginx{tally.port()};
  // Every address of 127/8 is local. 127.0.0.1 itself is not limited.
  http_client ordinary{nginx.port(), "127.0.0.1", "127.0.0.2"};
  for (int i = 0; i < 200; ++i)
    REQUIRE(ordinary.get("/count").status == 200);

  // Several connections with few requests each exceed 1000 requests per second even under a
  // sanitizer.
  constexpr int connections = 16;
  constexpr int requests = 50;
  std::string pipelined;
  for (int i = 0; i < requests; ++i)
    pipelined += visit_text();
  http_response response;
  CHECK(eventually([&] {
    std::vector<http_client> flood;
    for (int i = 0; i < connections; ++i)
      flood.emplace_back(nginx.port(), "127.0.0.1", "127.0.0.3").send(pipelined);
    for (auto& each : flood)
      for (int i = 0; i < requests && response.status != 429; ++i)
        response = each.read();
    return response.status == 429;
  }));
  CHECK(response.has("Retry-After"));
  CHECK(ordinary.get("/count").status == 200);
}

TEST_CASE("nginx limits incomplete bodies per address and serves others", "[integration]")
{
  constexpr int limit = 512;
  constexpr int excess = 100;
  const descriptor_limit descriptors{4096};
  upstream backend;
  nginx_server nginx{backend.port()};
  const auto incomplete =
      post_text("Accept: application/json\r\n" + content_length(8192), std::string(4096, 'x'));
  std::vector<http_client> attackers;
  attackers.reserve(limit + excess);
  for (int i = 0; i < limit + excess; ++i) {
    attackers.emplace_back(nginx.port(), "127.0.0.1", "127.0.0.2");
    attackers.back().send(incomplete);
  }
  const auto answered = [](const http_client& each) { return each.readable(); };
  CHECK(eventually([&] { return std::ranges::count_if(attackers, answered) >= excess; }));
  for (auto& each : attackers)
    if (answered(each)) {
      const auto response = each.read();
      REQUIRE(response.status == 429);
      REQUIRE(response.header("Content-Type") == "application/problem+json");
      REQUIRE(response.header("Vary") == "Accept");
      REQUIRE(contains(response.body, R"("title":"Too Many Requests")"));
      REQUIRE(contains(response.body, R"("counted":"no")"));
    }
  http_client visitor{nginx.port(), "127.0.0.1", "127.0.0.3"};
  CHECK(visitor.get("/count").status == 200);
  CHECK(backend.requests().size() == 1);
}

TEST_CASE("nginx refuses a body beyond the limit", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  const auto response = fetch(nginx.port(), "/count", "POST", content_length(8193));
  CHECK(response.status == 413);
  CHECK(backend.requests().empty());
}

TEST_CASE("nginx exposes neither health endpoints nor metrics", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  for (const std::string target : {"/livez", "/readyz", "/metrics", "/livez?x", "/metrics/",
                                   "/%6civez", "//readyz", "/./metrics"}) {
    INFO(target);
    CHECK(fetch(nginx.port(), target).status == 404);
  }
  CHECK(backend.requests().empty());
}
