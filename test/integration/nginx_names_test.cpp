// nginx passes targets on as they came, and exposes nothing internal whatever their form.
#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"
#include "upstream.hpp"

#include <string>
#include <vector>

using namespace tally::test;

namespace {

// nginx resolves dot segments, empty segments and percent-encodings when it chooses a location.
const std::vector<std::string> public_targets{"/count/blog/post-1.html",
                                              "/count/~user_1/a.b~c",
                                              "/count/a%2Db",
                                              "/count/a%2db%7E",
                                              "/count/a%2Fb",
                                              "/count/a//b",
                                              "/count/../x",
                                              "/count/./x",
                                              "/count/%2e%2e/x",
                                              "/count/x/",
                                              "/count/caf%C3%A9",
                                              "/count/livez",
                                              "/count/nginx-health",
                                              "/count/tally.js",
                                              "/count/../tally.js",
                                              "/total/a%2Db?x=../livez",
                                              "/badge/a%2Db.svg?label=a%20b&color=%23fff",
                                              "/badge/a/b.json",
                                              "/hit/example.com/~key?callback=f",
                                              "/get/example.com/a.b",
                                              "/livez.js",
                                              "//tally.js",
                                              "/%74ally.js",
                                              "/tally.js/",
                                              "/page.css?x"};

} // namespace

TEST_CASE("nginx passes on every target as it came", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  for (const auto& target : public_targets) {
    INFO(target);
    CHECK(fetch(nginx.port(), target).status == 200);
    CHECK(contains(backend.requests().back(), "GET " + target + " HTTP/1.1\r\n"));
  }
  CHECK(backend.requests().size() == public_targets.size());
}

TEST_CASE("nginx passes on a target as it came to the next replica", "[integration]")
{
  const std::string target = GENERATE("/count/a%2Db", "/count/a//b", "/count/%2e%2e/x");
  INFO(target);
  reserved_port closed; // only the first request of an nginx is sent there for certain
  upstream backend;
  nginx_server nginx{closed.number(), backend.port()};
  CHECK(fetch(nginx.port(), target).status == 200);
  CHECK(contains(nginx.errors(), "Connection refused"));
  REQUIRE(backend.requests().size() == 1);
  CHECK(contains(backend.requests().front(), "GET " + target + " HTTP/1.1\r\n"));
}

TEST_CASE("no form of a target exposes what is internal", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis)};
  nginx_server nginx{tally.port()};
  CHECK(tally.get("/livez").status == 200);
  for (const std::string path : {"livez", "readyz", "metrics"})
    for (const std::string before :
         {"/", "//", "/./", "/x/../", "/count/../", "/count/%2e%2e/", "/count/..%2f",
          "/count/.%2E//", "/count/%252e%252e/", "/%2f", "/tally.js/../", "http://tally/",
          "http://tally//", "/%00/../", "/../", "/;/../", "/nginx-answer.text/../"})
      for (const std::string after : {"", "?x", "/", "/.", "%2f", "#", "%23", ";x", "/x/.."}) {
        const auto target = before + path + after;
        INFO(target);
        const auto response = fetch(nginx.port(), target);
        CHECK((response.status == 404 || response.status == 400));
        CHECK_FALSE(contains(response.body, "ok"));
      }
  // Were one of them to reach tally: it does not resolve dot segments.
  for (const std::string target : {"/count/../livez", "//livez", "/count/%2e%2e/livez"})
    CHECK(tally.get(target).status == 404);
}
