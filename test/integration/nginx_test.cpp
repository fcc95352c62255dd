#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"
#include "upstream.hpp"
#include "visitors.hpp"

#include <tally/http/settings.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

using namespace tally::test;

TEST_CASE("visits are counted through nginx", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}}};
  nginx_server nginx{tally.port()};
  CHECK(contains(fetch(nginx.port(), "/").body, "/count"));
  CHECK(fetch(nginx.port(), "/count", "POST", content_length(0)).number() == 1);
  auto client = http_client{nginx.port()};
  const auto response = client.get("/count?from=nginx");
  CHECK(response.number() == 2);
  CHECK(response.header("Cache-Control") == "no-store");
  CHECK(response.header("Access-Control-Allow-Origin") == "*");
  CHECK_FALSE(contains(response.header("Server"), "/")); // the header Server has no version
  CHECK(client.request("HEAD", "/count").status == 200);
  CHECK(client.get("/count", "Sec-Purpose: prefetch\r\n").number() == 2);

  const auto visits = visitors{nginx.port(), 16, 25}.result();
  CHECK(visits.refused + visits.unknown + visits.unanswered == 0);
  CHECK(visits.distinct());
  CHECK(redis.visits() == 2 + 16 * 25);
}

TEST_CASE("nginx reuses its connections to tally", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  for (int i = 0; i < 5; ++i)
    CHECK(fetch(nginx.port(), "/count").status == 200);
  CHECK(backend.requests().size() == 5);
  CHECK(backend.connections() == 1);
  CHECK_FALSE(contains(backend.requests().front(), "\r\nConnection:"));
}

TEST_CASE("nginx does not resend a visit when tally closes the connection", "[integration]")
{
  upstream backend{0};
  nginx_server nginx{backend.port()};
  CHECK(fetch(nginx.port(), "/count").status == 504);
  CHECK(backend.requests().size() == 1);
}

TEST_CASE("nginx does not resend a visit when tally closes a keep-alive connection",
          "[integration]")
{
  upstream backend{1};
  nginx_server nginx{backend.port()};
  CHECK(fetch(nginx.port(), "/count").status == 200);
  CHECK(fetch(nginx.port(), "/count").status == 504);
  CHECK(backend.requests().size() == 2);
  CHECK(backend.connections() == 1);
}

TEST_CASE("nginx responds that a visit is not counted while tally is unreachable", "[integration]")
{
  reserved_port closed;
  nginx_server nginx{closed.number()};
  const auto response = fetch(nginx.port(), "/count");
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
}

TEST_CASE("nginx passes on the response of tally while Redis is unreachable", "[integration]")
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

TEST_CASE("scripts of other origins may read Retry-After from nginx and tally", "[integration]")
{
  const auto exposes = [](const http_response& response) {
    return contains(response.header("Access-Control-Expose-Headers"), "Retry-After");
  };
  reserved_port closed;
  nginx_server without_tally{closed.number()};
  CHECK(exposes(fetch(without_tally.port(), "/count")));          // 503
  CHECK(exposes(fetch(without_tally.port(), "/count", "TRACE"))); // 405

  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis)};
  nginx_server nginx{tally.port()};
  CHECK(exposes(fetch(nginx.port(), "/count")));
  CHECK(exposes(fetch(nginx.port(), "/count", "DELETE")));
  CHECK(fetch(nginx.port(), "/count", "OPTIONS").header("Access-Control-Allow-Headers") == "*");
}

// A request that nginx sends on an idle connection while tally closes it would be lost.
TEST_CASE("nginx closes idle connections before a draining tally does", "[integration]")
{
  const auto text = read_file(TALLY_NGINX_FOLDER "/nginx.conf");
  constexpr std::string_view name = "keepalive_timeout ";
  const auto begin = text.find(name);
  REQUIRE(begin != text.npos);
  std::size_t digits = 0;
  const int milliseconds = std::stoi(text.substr(begin + name.size()), &digits);
  CHECK(text.substr(begin + name.size() + digits).starts_with("ms;"));
  CHECK(std::chrono::milliseconds{milliseconds} < tally::http_settings{}.drain_delay);
}
