#include "catch.hpp"
#include "http_client.hpp"
#include "ipv6.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <cstdlib>
#include <string>
#include <time.h>

using namespace tally::test;

namespace {

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7); -1 when the text is anything else.
time_t parse_imf_fixdate(const std::string& text)
{
  constexpr auto format = "%a, %d %b %Y %H:%M:%S GMT";
  tm fields{};
  const char* end = ::strptime(text.c_str(), format, &fields);
  if (!end || *end)
    return -1;
  const auto time = ::timegm(&fields);
  char formatted[64];
  const auto size = ::strftime(formatted, sizeof formatted, format, &fields);
  return text == std::string{formatted, size} ? time : -1;
}

} // namespace

TEST_CASE("every response has Date, Server and Content-Length", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string target : {"/", "/count", "/total", "/livez", "/readyz", "/nowhere"}) {
    INFO(target);
    const auto response = tally.get(target);
    CHECK(response.version == "HTTP/1.1");
    CHECK(response.header("Server") == "tally");
    CHECK(response.header("Content-Type").starts_with("text/plain"));
    CHECK(response.header("Content-Length") == std::to_string(response.body.size()));
    CHECK(response.body.ends_with('\n'));
    INFO(response.header("Date"));
    CHECK(std::llabs(parse_imf_fixdate(response.header("Date")) - ::time(nullptr)) < 60);
  }
}

TEST_CASE("the welcome page names the product and where to count", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto response = tally.get("/");
  CHECK(response.status == 200);
  CHECK(contains(response.body, "Tally"));
  CHECK(contains(response.body, "/count"));
}

TEST_CASE("responses with a number are not cached and are readable across origins", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string target : {"/count", "/total"})
    for (const std::string method : {"GET", "HEAD", "OPTIONS"}) {
      INFO(method << ' ' << target);
      const auto response = fetch(tally.port(), target, method, "Origin: http://blog.test\r\n");
      CHECK(response.header("Access-Control-Allow-Origin") == "*");
      CHECK(contains(response.header("Access-Control-Expose-Headers"), "Retry-After"));
      CHECK((method == "OPTIONS" || response.header("Cache-Control") == "no-store"));
    }
  CHECK_FALSE(tally.get("/").has("Access-Control-Allow-Origin"));
}

TEST_CASE("a preflight succeeds and counts nothing", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string target : {"/count", "/total"}) {
    INFO(target);
    const auto response = fetch(tally.port(), target, "OPTIONS",
                                "Origin: http://blog.test\r\n"
                                "Access-Control-Request-Method: POST\r\n"
                                "Access-Control-Request-Headers: content-type\r\n");
    CHECK(response.status == 204);
    CHECK(response.header("Access-Control-Allow-Origin") == "*");
    CHECK(response.header("Access-Control-Allow-Methods") == response.header("Allow"));
    CHECK(response.header("Access-Control-Allow-Headers") == "*");
    CHECK(response.header("Access-Control-Max-Age") == "86400");
  }
  for (const std::string target : {"/", "/livez", "/readyz"})
    CHECK_FALSE(fetch(tally.port(), target, "OPTIONS").has("Access-Control-Allow-Methods"));
  CHECK(redis.visits() == 0);
}

TEST_CASE("HEAD responds like GET without a body", "[integration]")
{
  redis_server redis;
  redis.connect().command({"SET", "visits", "999"});
  tally_process tally{redis};
  for (const std::string target : {"/", "/total", "/livez", "/readyz", "/nowhere"}) {
    INFO(target);
    auto client = tally.connect();
    const auto get = client.get(target);
    const auto head = client.request("HEAD", target);
    CHECK(head.status == get.status);
    for (const std::string name : {"Content-Length", "Content-Type", "Cache-Control"})
      CHECK(head.header(name) == get.header(name));
    // A body would be read as part of the next response.
    CHECK(client.get("/livez").status == 200);
  }
  // The length of "999\n"; a counted visit would add a digit.
  CHECK(fetch(tally.port(), "/count", "HEAD").header("Content-Length") == "4");
}

TEST_CASE("responses to OPTIONS and to a wrong method list the allowed methods", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  for (const std::string target : {"/", "/count", "/total", "/livez", "/readyz"}) {
    INFO(target);
    const auto options = fetch(tally.port(), target, "OPTIONS");
    CHECK((options.status == 200 || options.status == 204));
    const auto refused = fetch(tally.port(), target, "DELETE");
    CHECK(refused.status == 405);
    CHECK(refused.header("Allow") == options.header("Allow"));
    for (const std::string method : {"GET", "HEAD", "OPTIONS"})
      CHECK(contains(refused.header("Allow"), method));
    CHECK(contains(refused.header("Allow"), "POST") == (target == "/count"));
  }
}

TEST_CASE("an unknown path gets 404 and is not reflected", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto response = tally.get("/reflection?and=reflection");
  CHECK(response.status == 404);
  CHECK_FALSE(contains(response.body, "reflection"));
  for (const auto& [name, value] : response.headers)
    CHECK_FALSE(contains(value, "reflection"));
}

TEST_CASE("tally listens on IPv4 and IPv6 by default", "[integration]")
{
  if (!has_ipv6())
    return;
  redis_server redis;
  tally_process tally{redis, {{"TALLY_ADDRESS", ""}}};
  CHECK(tally.get("/count").number() == 1);
  CHECK((http_client{tally.port(), "::1"}.get("/count").number()) == 2);
}
