// The errors that nginx itself reports: a line of text, or JSON for callers that ask for it.
#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"
#include "upstream.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

using namespace tally::test;

namespace {

const std::string json_field = "Accept: application/json\r\n";

void check_common_fields(const http_response& response)
{
  CHECK(response.header("Vary") == "Accept");
  CHECK(response.header("Cache-Control") == "no-store");
  CHECK(response.header("Access-Control-Allow-Origin") == "*");
  CHECK(contains(response.header("Access-Control-Expose-Headers"), "Retry-After"));
  CHECK(response.has("X-Request-ID"));
  CHECK(is_one_line(response.body));
}

void check_text(const http_response& response)
{
  check_common_fields(response);
  CHECK(response.header("Content-Type") == "text/plain");
  CHECK_FALSE(contains(response.body, "{"));
}

void check_problem(const http_response& response, int status, std::string_view title,
                   std::string_view counted = "no")
{
  INFO(response.body);
  CHECK(response.status == status);
  check_common_fields(response);
  CHECK(response.header("Content-Type") == "application/problem+json");
  const auto problem = boost::json::parse(response.body).as_object();
  CHECK(problem.size() == 4);
  CHECK(problem.at("status").as_int64() == status);
  CHECK(problem.at("title").as_string() == title);
  CHECK_FALSE(problem.at("detail").as_string().empty());
  CHECK(problem.at("counted").as_string() == counted);
}

} // namespace

TEST_CASE("nginx's own errors are JSON for callers that accept JSON", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  const auto port = nginx.port();
  check_problem(fetch(port, "/livez", "GET", json_field), 404, "Not Found");
  check_problem(fetch(port, "/count", "TRACE", json_field), 405, "Method Not Allowed");
  check_problem(fetch(port, "/count", "POST", json_field + content_length(8193)), 413,
                "Payload Too Large");
  check_problem(fetch(port, "/count", "GET", json_field + "X: " + std::string(9000, 'x') + "\r\n"),
                431, "Request Header Fields Too Large");
  check_problem(fetch(port, "/count", "POST", json_field + "Content-Length: x\r\n"), 400,
                "Bad Request");
  check_problem(fetch(port, "/count", "POST", json_field + "Transfer-Encoding: gzip\r\n"), 501,
                "Not Implemented");
  CHECK(backend.requests().empty());
}

TEST_CASE("nginx's own errors say whether the visit was counted", "[integration]")
{
  reserved_port closed;
  nginx_server without_tally{closed.number()};
  const auto refused =
      fetch(without_tally.port(), "/count", "POST", json_field + content_length(0));
  check_problem(refused, 503, "Service Unavailable");
  CHECK(refused.header("Retry-After") == "1");

  upstream breaking{0};
  nginx_server nginx{breaking.port()};
  const auto unknown = fetch(nginx.port(), "/count", "GET", json_field);
  check_problem(unknown, 504, "Gateway Timeout", "unknown");
  CHECK_FALSE(unknown.has("Retry-After"));
}

TEST_CASE("nginx chooses the type of its own errors by Accept", "[integration]")
{
  reserved_port closed;
  nginx_server nginx{closed.number()};
  const auto with = [&](const std::string& accept) {
    return fetch(nginx.port(), "/count", "GET", "Accept: " + accept + "\r\n");
  };
  for (const std::string accept :
       {"application/json", "application/problem+json", "Application/JSON",
        "application/json;q=0.9", "text/html, application/json",
        "text/html,application/problem+json ; q=1, */*"}) {
    INFO(accept);
    check_problem(with(accept), 503, "Service Unavailable");
  }
  for (const std::string accept :
       {"", "*/*", "text/plain", "text/html", "application/jsonp", "application/xml",
        "x-application/json", "application/json+x", "application/*", "\xff", "\""}) {
    INFO(accept);
    check_text(with(accept));
  }
  check_text(fetch(nginx.port(), "/count"));
}

TEST_CASE("nginx's response to a request that it cannot parse is text", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  for (const std::string line :
       {"GET /\x01 HTTP/1.1", "GET /count/a%00 HTTP/1.1", "GET / HTTP/3.0", "\xff"}) {
    INFO(line);
    http_client client{nginx.port()};
    client.send(line + "\r\n" + json_field + "\r\n");
    check_text(client.read());
  }
}

TEST_CASE("nginx's internal locations are not found from outside", "[integration]")
{
  upstream backend;
  nginx_server nginx{backend.port()};
  for (const std::string target :
       {"/nginx-answer.text", "/nginx-answer.json", "/x/../nginx-answer."})
    CHECK(fetch(nginx.port(), target).status == 404);
  CHECK(backend.requests().empty());
}
