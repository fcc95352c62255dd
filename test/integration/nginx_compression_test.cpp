// What nginx compresses, and what it leaves as it is.
#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "text.hpp"
#include "upstream.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using namespace tally::test;

namespace {

const std::string gzip_field = "Accept-Encoding: gzip, br\r\n";
constexpr std::size_t large = 1000;

/// Responds with a body of this size.
upstream::responder with_type(const std::string& content_type, std::size_t size = large)
{
  return [=](const std::string& request) {
    return response_text("200 OK",
                         "Content-Type: " + content_type +
                             "\r\nVary: Accept\r\nETag: \"1\"\r\nCache-Control: " +
                             (contains(request, "/tally.js") ? "max-age=3600" : "no-store") +
                             "\r\nAccess-Control-Allow-Origin: *\r\n",
                         std::string(size, 'x'));
  };
}

bool varies_by(const http_response& response, std::string_view name)
{
  return std::ranges::any_of(response.headers, [&](const auto& field) {
    return boost::beast::iequals(field.first, "Vary") && field.second == name;
  });
}

} // namespace

TEST_CASE("nginx compresses pages, assets, JSON and images", "[integration]")
{
  const std::string type =
      GENERATE("text/html", "text/html; charset=utf-8", "text/css", "text/javascript",
               "application/javascript", "application/json", "image/svg+xml");
  INFO(type);
  upstream backend{with_type(type)};
  nginx_server nginx{backend.port()};
  const auto plain = fetch(nginx.port(), "/");
  CHECK(plain.body == std::string(large, 'x'));
  CHECK(plain.header("ETag") == "\"1\"");
  CHECK(varies_by(plain, "Accept"));
  CHECK(varies_by(plain, "Accept-Encoding"));

  for (const std::string via : {"", "Via: 1.1 proxy\r\n"}) {
    const auto response = fetch(nginx.port(), "/", "GET", gzip_field + via);
    CHECK(response.header("Content-Encoding") == "gzip");
    CHECK(response.header("Content-Type") == type);
    CHECK(response.header("ETag") == "W/\"1\"");
    CHECK(response.header("Access-Control-Allow-Origin") == "*");
    CHECK(varies_by(response, "Accept"));
    CHECK(varies_by(response, "Accept-Encoding"));
    CHECK(response.body.size() < large / 10);
    CHECK(response.body.starts_with("\x1f\x8b"));
  }
}

TEST_CASE("nginx does not compress what fits into one packet", "[integration]")
{
  const std::string type = GENERATE("text/plain", "application/json", "image/svg+xml", "text/html");
  upstream backend{with_type(type, large - 1)};
  nginx_server nginx{backend.port()};
  const auto response = fetch(nginx.port(), "/count", "GET", gzip_field);
  CHECK(response.body == std::string(large - 1, 'x'));
  CHECK_FALSE(response.has("Content-Encoding"));
  CHECK(response.header("ETag") == "\"1\"");
  CHECK(varies_by(response, "Accept"));
  CHECK_FALSE(varies_by(response, "Accept-Encoding"));
}

TEST_CASE("a compressed asset of the cache is revalidated by its weak ETag", "[integration]")
{
  upstream backend{with_type("text/javascript")};
  nginx_server nginx{backend.port()};
  const auto first = fetch(nginx.port(), "/tally.js", "GET", gzip_field);
  CHECK(first.header("Content-Encoding") == "gzip");
  const auto etag = first.header("ETag");
  CHECK(etag == "W/\"1\"");
  const auto again =
      fetch(nginx.port(), "/tally.js", "GET", gzip_field + "If-None-Match: " + etag + "\r\n");
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(fetch(nginx.port(), "/tally.js").body == std::string(large, 'x'));
  CHECK(backend.requests().size() == 1);
}

TEST_CASE("tally gets the ETag of a compressed response as the client sent it", "[integration]")
{
  upstream backend{with_type("text/html")};
  nginx_server nginx{backend.port()};
  fetch(nginx.port(), "/", "GET", "If-None-Match: W/\"1\"\r\n");
  CHECK(contains(backend.requests().back(), "\r\nIf-None-Match: W/\"1\"\r\n"));
}
