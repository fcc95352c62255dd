#include "catch.hpp"

#include <tally/http/request_parser.hpp>

#include <string>

namespace http = boost::beast::http;

namespace {

struct outcome {
  tally::request request;
  bool complete = false;
  unsigned status = 0; // of the error, 0 without one
  std::size_t consumed = 0;
};

outcome parse(std::string bytes, const tally::http_settings& limits = {})
{
  outcome result;
  tally::request_parser parser{result.request, limits};
  result.consumed = parser.parse(bytes);
  result.complete = parser.complete();
  if (const auto status = parser.error_status())
    result.status = static_cast<unsigned>(*status);
  return result;
}

std::string get(const std::string& fields)
{
  return "GET /count HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

} // namespace

TEST_CASE("the parser returns the method, the target and whether it is a prefetch",
          "[request_parser]")
{
  const auto plain = parse("POST /count?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(plain.complete);
  CHECK(plain.request.method == http::verb::post);
  CHECK(plain.request.target == "/count?a=b");
  CHECK_FALSE(plain.request.prefetch);
}

TEST_CASE("the fields of browsers and crawlers mark a prefetch", "[request_parser]")
{
  for (const char* field : {"Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender",
                            "Purpose: prefetch", "X-Moz: Prefetch", "X-Purpose: preview"})
    CHECK(parse(get(std::string{field} + "\r\n")).request.prefetch);
  for (const char* field : {"Sec-Purpose: navigate", "X-Purpose: prefetch", "Purpose: pre"})
    CHECK_FALSE(parse(get(std::string{field} + "\r\n")).request.prefetch);
}

TEST_CASE("a request keeps its X-Request-ID if the ID is valid", "[request_parser]")
{
  const auto id = [](const std::string& value) {
    return parse(get("X-Request-ID: " + value + "\r\n")).request.id;
  };
  CHECK(id("aZ09._-") == "aZ09._-");
  CHECK(id(std::string(64, 'a')) == std::string(64, 'a'));
  CHECK(id(std::string(65, 'a')).empty());
  for (const char* invalid : {"", "a b", "a\"b", "a/b", "a\xc3\xa4"})
    CHECK(id(invalid).empty());
  CHECK(parse(get("")).request.id.empty());
}

TEST_CASE("a request keeps the value of its Idempotency-Key and the number of its values",
          "[request_parser]")
{
  const auto without = parse(get("")).request;
  CHECK(without.idempotency_keys == 0);
  const auto one = parse(get("idempotency-key:  \"a b\"  \r\n")).request;
  CHECK(one.idempotency_keys == 1);
  CHECK(one.idempotency_key == "\"a b\"");
  CHECK(parse(get("Idempotency-Key: a\r\nIdempotency-Key: a\r\n")).request.idempotency_keys == 1);
  CHECK(parse(get("Idempotency-Key: a\r\nIdempotency-Key: b\r\n")).request.idempotency_keys == 2);
  CHECK(parse(get("Idempotency-Key:\r\n")).request.idempotency_keys == 1);
}

TEST_CASE("a body is discarded, and the next request begins after it", "[request_parser]")
{
  const std::string with_length = "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  CHECK(parse(with_length + get("")).complete);
  CHECK(parse(with_length + get("")).consumed == with_length.size());
  const std::string chunked = "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                              "\r\n3\r\nabc\r\n0\r\n\r\n";
  CHECK(parse(chunked + get("")).complete);
  CHECK(parse(chunked + get("")).consumed == chunked.size());
}

TEST_CASE("a body of ambiguous length is refused", "[request_parser]")
{
  CHECK(parse(get("Transfer-Encoding: gzip\r\n")).status == 501);
  CHECK(parse(get("Transfer-Encoding: xchunked\r\n")).status == 501);
  CHECK(parse(get("Transfer-Encoding: identity\r\n")).status == 501);
  CHECK(parse(get("Transfer-Encoding: chunked, chunked\r\n")).status == 501);
  CHECK(parse(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")).status == 501);
  CHECK(parse(get("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")).status == 400);
  CHECK(parse(get("Content-Length: 3\r\nTransfer-Encoding: gzip\r\n")).status == 400);
  CHECK(parse("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").status == 400);
}

TEST_CASE("HTTP/1.1 requires exactly one Host", "[request_parser]")
{
  CHECK(parse("GET / HTTP/1.1\r\n\r\n").status == 400);
  CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status == 400);
  CHECK(parse("GET / HTTP/1.0\r\n\r\n").complete);
}

TEST_CASE("each violation of HTTP/1 has its status", "[request_parser]")
{
  CHECK(parse("GET / HTTP/2.0\r\nHost: a\r\n\r\n").status == 505);
  CHECK(parse("hello\r\n\r\n").status == 400);
  CHECK(parse("GET / HTTP/1.1\r\nHost : a\r\n\r\n").status == 400);
}

TEST_CASE("each exceeded limit has its status", "[request_parser]")
{
  tally::http_settings limits;
  limits.max_header_bytes = 512;
  limits.max_body_bytes = 10;
  CHECK(parse(get("X-Long: " + std::string(600, 'x') + "\r\n"), limits).status == 431);
  CHECK(parse(get("Content-Length: 11\r\n"), limits).status == 413);
  CHECK(parse(get("Transfer-Encoding: chunked\r\n") + "b\r\nhello world\r\n0\r\n\r\n", limits)
            .status == 413);
}

TEST_CASE("a client that waits for a 100 gets it once", "[request_parser]")
{
  tally::request request;
  tally::request_parser parser{request, tally::http_settings{}};
  std::string header = "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                       "Expect: 100-continue\r\n\r\n";
  CHECK_FALSE(parser.consume_expect_continue());
  parser.parse(header);
  CHECK(parser.consume_expect_continue());
  CHECK_FALSE(parser.consume_expect_continue());
}

TEST_CASE("fields of one name are one list", "[request_parser]")
{
  const auto result = parse(get("Accept: text/html\r\nIf-None-Match: \"a\"\r\nAccept: */*;q=0.1\r\n"
                                "If-None-Match: W/\"b\"\r\n"));
  REQUIRE(result.complete);
  CHECK(result.request.accept == "text/html,*/*;q=0.1");
  CHECK(result.request.if_none_match == "\"a\",W/\"b\"");
}
