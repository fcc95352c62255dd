#include "catch.hpp"

#include <tally/http/response.hpp>

#include <string>

namespace http = boost::beast::http;

namespace {

std::string message(const tally::response& response, const tally::framing& framing = {})
{
  std::string output;
  tally::serialize(response, framing, "Tue, 03 Feb 2026 04:05:06 GMT", output);
  return output;
}

} // namespace

TEST_CASE("a response is written as one message", "[response]")
{
  tally::response response;
  response.body = "42\n";
  response.cache_control = tally::no_store;
  CHECK(message(response) == "HTTP/1.1 200 OK\r\n"
                             "Server: tally\r\n"
                             "Date: Tue, 03 Feb 2026 04:05:06 GMT\r\n"
                             "Content-Type: text/plain; charset=utf-8\r\n"
                             "Content-Length: 3\r\n"
                             "Cache-Control: no-store\r\n"
                             "\r\n"
                             "42\n");
}

TEST_CASE("the response to HEAD has the length and not the body", "[response]")
{
  tally::response response;
  response.body = "42\n";
  const std::string head = message(response, {.head = true});
  CHECK(head.find("Content-Length: 3\r\n") != head.npos);
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("a response without content has no length", "[response]")
{
  tally::response response;
  response.status = http::status::no_content;
  response.allow = "GET";
  const std::string text = message(response);
  CHECK(text.find("Content-") == text.npos);
  CHECK(text.find("Allow: GET\r\n") != text.npos);
}

TEST_CASE("the Connection field depends on the version and on whether the connection closes",
          "[response]")
{
  CHECK(message({}, {.close = true}).find("Connection: close\r\n") != std::string::npos);
  CHECK(message({}, {.http_1_0 = true}).find("Connection: keep-alive\r\n") != std::string::npos);
  CHECK(message({}).find("Connection") == std::string::npos);
}

TEST_CASE("scripts of other origins may read a response and its Retry-After", "[response]")
{
  tally::response response;
  CHECK(message(response).find("Access-Control") == std::string::npos);
  response.cross_origin = true;
  const std::string text = message(response);
  CHECK(text.find("\r\nAccess-Control-Allow-Origin: *\r\n") != text.npos);
  CHECK(text.find("\r\nAccess-Control-Expose-Headers: Retry-After, X-Request-ID\r\n") != text.npos);
  CHECK(text.find("Access-Control-Allow-Methods") == text.npos);
  CHECK(tally::error_text(http::status::payload_too_large) == "request body too large");
}

TEST_CASE("a preflight permits the allowed methods and any header", "[response]")
{
  tally::response response;
  response.status = http::status::no_content;
  response.allow = "GET, POST";
  response.cross_origin = response.preflight = true;
  const std::string text = message(response);
  CHECK(text.find("\r\nAccess-Control-Allow-Methods: GET, POST\r\n") != text.npos);
  CHECK(text.find("\r\nAccess-Control-Allow-Headers: *\r\n") != text.npos);
  CHECK(text.find("\r\nAccess-Control-Max-Age: 86400\r\n") != text.npos);
}

TEST_CASE("Retry-After is in seconds", "[response]")
{
  tally::response response;
  response.status = http::status::service_unavailable;
  response.retry_after = std::chrono::seconds{7};
  CHECK(message(response).find("Retry-After: 7\r\n") != std::string::npos);
}
