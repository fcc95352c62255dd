// The assets of the pages, which nginx caches, and everything else, which it does not.
#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "text.hpp"
#include "upstream.hpp"
#include "wait.hpp"

#include <future>
#include <optional>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

const std::string script = "const tally = 1;\n";

std::string fields(const std::string& cache_control, const std::string& etag = "\"1\"")
{
  return "Content-Type: text/javascript\r\nCache-Control: " + cache_control + "\r\nETag: " + etag +
         "\r\n";
}

upstream::responder with_cache_control(const std::string& cache_control)
{
  return [cache_control](const std::string& request) {
    if (contains(request, "\r\nIf-None-Match: \"1\"\r\n"))
      return "HTTP/1.1 304 Not Modified\r\n" + fields(cache_control) + "\r\n";
    return response_text("200 OK", fields(cache_control), script);
  };
}

} // namespace

TEST_CASE("nginx asks tally once for an asset while it is fresh", "[integration]")
{
  upstream backend{with_cache_control("public, max-age=3600")};
  nginx_server nginx{backend.port()};
  for (const std::string path : {"/tally.js", "/page.css", "/page.js"})
    for (const std::string query : {"", "", "?", "?v=1", "?v=2"}) {
      INFO(path + query);
      const auto response = fetch(nginx.port(), path + query);
      CHECK(response.status == 200);
      CHECK(response.body == script);
      CHECK(response.header("ETag") == "\"1\"");
      CHECK(response.header("Cache-Control") == "public, max-age=3600");
      CHECK(response.has("X-Request-ID"));
    }
  CHECK(backend.requests().size() == 3);
  const auto head = fetch(nginx.port(), "/tally.js", "HEAD");
  CHECK(head.header("Content-Length") == std::to_string(script.size()));
  for (const std::string etag : {"\"1\"", "W/\"1\"", "\"0\", \"1\"", "*"})
    CHECK(fetch(nginx.port(), "/tally.js", "GET", "If-None-Match: " + etag + "\r\n").status == 304);
  const auto unmatched = fetch(nginx.port(), "/tally.js", "GET", "If-Match: \"0\"\r\n");
  CHECK(unmatched.status == 412);
  CHECK(unmatched.body == "precondition failed\n");
  CHECK(backend.requests().size() == 3);
}

TEST_CASE("nginx asks again with the ETag when an asset is no longer fresh", "[integration]")
{
  upstream backend{with_cache_control("public, max-age=1")};
  nginx_server nginx{backend.port()};
  CHECK(eventually([&] {
    const auto response = fetch(nginx.port(), "/tally.js", "GET", "If-None-Match: \"0\"\r\n");
    CHECK(response.status == 200);
    CHECK(response.body == script);
    return backend.requests().size() == 2;
  }));
  const auto requests = backend.requests();
  CHECK_FALSE(contains(requests.at(0), "If-None-Match")); // nginx needs a complete response
  CHECK(contains(requests.at(1), "\r\nIf-None-Match: \"1\"\r\n"));
}

TEST_CASE("nginx replaces an asset that has changed", "[integration]")
{
  upstream backend{[](const std::string& request) {
    return contains(request, "If-None-Match")
               ? response_text("200 OK", fields("max-age=3600", "\"2\""), "new\n")
               : response_text("200 OK", fields("max-age=1"), script);
  }};
  nginx_server nginx{backend.port()};
  CHECK(fetch(nginx.port(), "/tally.js").body == script);
  CHECK(eventually([&] { return fetch(nginx.port(), "/tally.js").body == "new\n"; }));
  CHECK(fetch(nginx.port(), "/tally.js").header("ETag") == "\"2\"");
}

TEST_CASE("nginx serves an old asset while tally is down or fails", "[integration]")
{
  std::optional<upstream> backend{with_cache_control("public, max-age=1")};
  nginx_server nginx{backend->port()};
  CHECK(fetch(nginx.port(), "/tally.js").body == script);
  backend.reset();
  CHECK(eventually([&] {
    CHECK(fetch(nginx.port(), "/tally.js").body == script);
    return contains(nginx.errors(), "while connecting to upstream");
  }));
  CHECK(fetch(nginx.port(), "/tally.js").body == script);
  CHECK(fetch(nginx.port(), "/page.css").status == 503); // nobody has asked for it before
}

TEST_CASE("nginx serves an old asset while tally returns 503", "[integration]")
{
  upstream backend{[](const std::string& request) {
    return contains(request, "If-None-Match")
               ? response_text("503 Service Unavailable", fields("no-store"), "later\n")
               : response_text("200 OK", fields("max-age=1"), script);
  }};
  nginx_server nginx{backend.port()};
  CHECK(eventually([&] {
    CHECK(fetch(nginx.port(), "/tally.js").body == script);
    return backend.requests().size() == 3;
  }));
}

TEST_CASE("nginx repeats a request for an asset when a connection breaks", "[integration]")
{
  upstream first{0};
  upstream second{0};
  nginx_server nginx{first.port(), second.port()};
  CHECK(fetch(nginx.port(), "/tally.js").status == 504);
  CHECK(first.requests().size() + second.requests().size() > 1);
}

TEST_CASE("nginx passes on one of several requests for an asset that it does not have",
          "[integration]")
{
  std::promise<void> sent;
  upstream backend{[&, all_sent = sent.get_future().share()](const std::string& request) {
    all_sent.wait();
    return with_cache_control("max-age=3600")(request);
  }};
  nginx_server nginx{backend.port()};
  std::vector<http_client> clients;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back(nginx.port()).send(request_text("GET", "/tally.js"));
  sent.set_value();
  for (auto& each : clients)
    CHECK(each.read().body == script);
  CHECK(backend.requests().size() == 1);
}

TEST_CASE("nginx caches nothing but the assets", "[integration]")
{
  // Even if tally's response permitted it.
  upstream backend{with_cache_control("public, max-age=3600")};
  nginx_server nginx{backend.port()};
  const std::vector<std::string> targets{
      "/",          "/count",     "/count/tally.js", "/total",    "/total/a", "/badge/a.svg",
      "/hit/a/b",   "/get/a/b",   "/badge/a.json",   "//page.js", "/page.j",  "/count/../page.css",
      "/tally.jsx", "/tally%2ejs"};
  for (const auto& target : targets)
    for (int i = 0; i < 2; ++i)
      CHECK(fetch(nginx.port(), target).status == 200);
  for (int i = 0; i < 2; ++i)
    CHECK(fetch(nginx.port(), "/tally.js", "POST", content_length(0)).status == 200);
  CHECK(backend.requests().size() == 2 * targets.size() + 2);
}

TEST_CASE("nginx does not cache an asset that tally does not have", "[integration]")
{
  upstream backend{[](const std::string&) { return response_text("404 Not Found", {}, "no\n"); }};
  nginx_server nginx{backend.port()};
  for (int i = 0; i < 2; ++i)
    CHECK(fetch(nginx.port(), "/tally.js").status == 404);
  CHECK(backend.requests().size() == 2);
}
