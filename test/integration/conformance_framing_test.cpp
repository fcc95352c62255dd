// Where a request ends: RFC 9112, 6. Ambiguous framing is refused.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;
using namespace std::string_literals;

namespace {

constexpr auto chunks = "5\r\nhello\r\n0\r\n\r\n";

std::string with_length(const std::string& value)
{
  return post_text("Content-Length: " + value + "\r\n", "hello");
}

std::string with_coding(const std::string& value)
{
  return post_text("Transfer-Encoding: " + value + "\r\n", chunks);
}

} // namespace

TEST_CASE("Content-Length together with Transfer-Encoding is refused", "[integration][conformance]")
{
  conformance server;
  server.check({
      refused("length, then coding",
              post_text("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunks)),
      refused("coding, then length",
              post_text("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunks)),
      refused("no length at all",
              post_text("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", chunks)),
      refused("far from each other",
              post_text("Transfer-Encoding: chunked\r\nX-A: b\r\ncontent-length: 15\r\n", chunks)),
      refused("a length and an unknown coding",
              post_text("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", "hello"), {400, 501}),
      refused("in a GET",
              request_text("GET", "/count", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") +
                  chunks),
  });
}

TEST_CASE("Content-Length is a number and occurs once", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{
      served("a length", with_length("5")),
      served("a length with zeros before it", with_length("0005")),
      served("a length with white space around it", with_length(" \t5\t ")),
      served("no length", post_text("", "")),
      served("the length zero", post_text("Content-Length: 0\r\n", "")),
      refused("two lengths", post_text("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")),
      refused("two equal lengths",
              post_text("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
      refused("a length and an empty one",
              post_text("Content-Length: 5\r\nContent-Length:\r\n", "hello")),
      refused("no digits and no space", post_text("Content-Length:\r\n", "hello")),
      // Too large for 64 bits: an invalid length, or a body that is too large.
      refused("twenty digits", with_length("99999999999999999999"), {400, 413}),
      refused("2^64 and five", with_length("18446744073709551621"), {400, 413}),
      refused("2^32 and five", with_length("4294967301"), {413}),
      refused("2^63 and five", with_length("9223372036854775813"), {400, 413}),
  };
  for (const auto& value : {"5, 5"s, "5,5"s, "5,"s, "+5"s, "-5"s, "-0"s, "0x5"s, "5 5"s, ""s, "5;"s,
                            "1e1"s, "5.0"s, "\"5\""s, "five"s, "5a"s, "5\0"s, "5\v"s,
                            "\x0c"
                            "5"s})
    cases.push_back(refused("Content-Length: " + value, with_length(value)));
  server.check(cases);
}

TEST_CASE("chunked is the only transfer coding", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{
      served("chunked", with_coding("chunked")),
      served("Chunked", with_coding("Chunked")),
      served("CHUNKED", with_coding("CHUNKED")),
      served("white space around it", with_coding(" \tchunked \t")),
      // RFC 9110, 5.6.1: a recipient ignores empty list elements. Not every implementation does.
      refused("an empty element before it", with_coding(", chunked"), {501}),
      refused("an empty element after it", with_coding("chunked,"), {501}),
      refused("none", with_coding(""), {400, 501}),
      refused("twice in two fields",
              post_text("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks),
              {501}),
      refused("another in a field before it",
              post_text("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunks),
              {501}),
      refused("another in a field after it",
              post_text("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunks),
              {501}),
      refused("a vertical tab before it", with_coding("\vchunked")),
      refused("a null after it", with_coding("chunked\0"s)),
      refused("a vertical tab in the name", post_text("Transfer-Encoding\v: chunked\r\n", chunks)),
      refused("HTTP/1.0",
              "POST /count HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"s + chunks),
      refused("HTTP/1.0 with keep-alive", "POST /count HTTP/1.0\r\nHost: a\r\nConnection: "
                                          "keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"s +
                                              chunks),
  };
  for (const auto& value :
       {"gzip"s, "identity"s, "xchunked"s, "chunkedx"s, "chunke"s, "chunked, chunked"s,
        "gzip, chunked"s, "chunked, gzip"s, "chunked, identity"s, "chunked;q=1"s, "\"chunked\""s,
        "'chunked'"s, "chunked chunked"s, "[chunked]"s})
    cases.push_back(refused("Transfer-Encoding: " + value, with_coding(value), {501}));
  server.check(cases);
}

TEST_CASE("a body is never executed as a request", "[integration][conformance]")
{
  const auto inner = visit_text();
  const auto chunk = "29\r\n" + inner + "\r\n0\r\n\r\n";
  REQUIRE(inner.size() == 0x29);
  const auto with_inner = [&](const char* method, const char* target) {
    return request_text(method, target, content_length(inner.size())) + inner;
  };
  conformance server;
  server.check({
      served("of a POST", with_inner("POST", "/count")),
      served("of a GET", with_inner("GET", "/count")),
      served("in chunks", chunked_post_text(chunk)),
      served("of a GET in chunks",
             request_text("GET", "/count", "Transfer-Encoding: chunked\r\n") + chunk),
      {.name = "of a HEAD",
       .bytes = with_inner("HEAD", "/count"),
       .responses = {head_response(200)}},
      {.name = "of an OPTIONS", .bytes = with_inner("OPTIONS", "/count"), .responses = {204}},
      {.name = "of a DELETE", .bytes = with_inner("DELETE", "/count"), .responses = {405}},
      {.name = "of an unknown method", .bytes = with_inner("FROB", "/count"), .responses = {405}},
      {.name = "to an unknown path", .bytes = with_inner("POST", "/nowhere"), .responses = {404}},
      {.name = "to an unknown path in chunks",
       .bytes = request_text("POST", "/nowhere", "Transfer-Encoding: chunked\r\n") + chunk,
       .responses = {404}},
      {.name = "where no POST is allowed",
       .bytes = with_inner("POST", "/total"),
       .responses = {405}},
  });
}
