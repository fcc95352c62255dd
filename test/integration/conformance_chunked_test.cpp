// Chunked bodies: RFC 9112, 7.1. A body whose end is ambiguous is refused.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;
using namespace std::string_literals;

namespace {

// A body with one chunk whose size line is `size`.
exchange bad_size(const std::string& size)
{
  return refused("size: " + size, chunked_post_text(size + "\r\nhello\r\n0\r\n\r\n"));
}

std::string with_trailers(const std::string& lines)
{
  return chunked_post_text("5\r\nhello\r\n0\r\n" + lines + "\r\n");
}

} // namespace

TEST_CASE("a chunked body is read to its end", "[integration][conformance]")
{
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += "1\r\na\r\n";
  conformance server;
  server.check({
      served("none", chunked_post_text("0\r\n\r\n")),
      served("one", chunked_post_text("5\r\nhello\r\n0\r\n\r\n")),
      served("two", chunked_post_text("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")),
      served("many", chunked_post_text(many + "0\r\n\r\n")),
      served("digits in lower case",
             chunked_post_text("1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n")),
      served("digits in upper case",
             chunked_post_text("1A\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n")),
      served("zeros before the size", chunked_post_text("0005\r\nhello\r\n0\r\n\r\n")),
      served("a last size of several zeros", chunked_post_text("5\r\nhello\r\n0000\r\n\r\n")),
      served("line ends in a chunk", chunked_post_text("9\r\n\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n")),
      served("any bytes in a chunk", chunked_post_text("5\r\n\0\r\n\xff\x7f\r\n0\r\n\r\n"s)),
  });
}

TEST_CASE("a chunk size consists of hexadecimal digits only", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{
      refused("a size of 2^64 and five",
              chunked_post_text("10000000000000005\r\nhello\r\n0\r\n\r\n"), {400, 413}),
      refused("a size of 2^32 and five", chunked_post_text("100000005\r\nhello\r\n0\r\n\r\n"),
              {400, 413}),
      refused("the largest size of 64 bits",
              chunked_post_text("FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), {400, 413}),
      refused("the largest size of 63 bits",
              chunked_post_text("7fffffffffffffff\r\nhello\r\n0\r\n\r\n"), {400, 413}),
      refused("a size of a hundred digits",
              chunked_post_text(std::string(100, 'f') + "\r\nhello\r\n0\r\n\r\n"), {400, 413}),
      refused("no size at the end", chunked_post_text("5\r\nhello\r\n\r\n\r\n")),
      refused("white space after the last size", chunked_post_text("5\r\nhello\r\n0 \r\n\r\n")),
  };
  for (const auto& size : {"0x5"s, "0X5"s, "-5"s, "+5"s, " 5"s, "5 "s, "\t5"s, "5\t"s, ""s, "5h"s,
                           "g"s, "5_"s, "5,"s, "5.0"s, "\"5\""s, "5\0"s, "5\v"s, "\xff"s, "5 5"s})
    cases.push_back(bad_size(size));
  server.check(cases);
}

TEST_CASE("a chunk extension is ignored and may contain no line end", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const std::string size :
       {"5;a", "5;a=b", "5;a=b;c=d", "5;a=\"q\"", "5;a=\"q;r\\\"s\"", "005;a=\"\tq \x80\""})
    cases.push_back(served("size: " + size, chunked_post_text(size + "\r\nhello\r\n0\r\n\r\n")));
  cases.push_back(served("after the last size", chunked_post_text("5\r\nhello\r\n0;a=b\r\n\r\n")));
  // White space that a sender should not send and a recipient must ignore (RFC 9112, 7.1.1; RFC
  // 9110, 5.6.3).
  for (const std::string size : {"5 ;a=b", "5; a=b", "5;a = b"})
    cases.push_back(served("size: " + size, chunked_post_text(size + "\r\nhello\r\n0\r\n\r\n")));
  for (const std::string size : {"5;", "5;;", "5;a=", "5;=b", "5;a=\"q"})
    cases.push_back(bad_size(size));
  for (const auto& size :
       {"5;a\nb"s, "5;a=\"\n\""s, "5;a=\"\r\""s, "5;a\rb"s, "5;a\r"s, "5;a\0"s, "5;a=\"\0\""s,
        "5;\x01"s, "5;a=\"\x1f\""s, "5;a=\"\x7f\""s, "5;a=\v"s, "5;a=\"q\\\n\""s})
    cases.push_back(bad_size(size));
  server.check(cases);
}

TEST_CASE("a chunk must end where its size says", "[integration][conformance]")
{
  conformance server;
  server.check({
      refused("LF after the size", chunked_post_text("5\nhello\r\n0\r\n\r\n")),
      refused("CR after the size", chunked_post_text("5\rhello\r\n0\r\n\r\n")),
      refused("two CRs after the size", chunked_post_text("5\r\r\nhello\r\n0\r\n\r\n")),
      refused("nothing after the data", chunked_post_text("5\r\nhello0\r\n\r\n")),
      refused("LF after the data", chunked_post_text("5\r\nhello\n0\r\n\r\n")),
      refused("CR after the data", chunked_post_text("5\r\nhello\r0\r\n\r\n")),
      refused("LF and CR after the data", chunked_post_text("5\r\nhello\n\r0\r\n\r\n")),
      refused("data beyond the size", chunked_post_text("5\r\nhellooo\r\n0\r\n\r\n")),
      refused("less data than the size says", chunked_post_text("6\r\nhello\r\n0\r\n\r\n")),
      refused("LF after the last size", chunked_post_text("5\r\nhello\r\n0\n\r\n")),
      refused("LF at the end", chunked_post_text("5\r\nhello\r\n0\r\n\n")),
      refused("CR at the end", chunked_post_text("5\r\nhello\r\n0\r\n\rX")),
  });
}

TEST_CASE("trailers change nothing", "[integration][conformance]")
{
  conformance server;
  exchange with_close = served("Connection: close", with_trailers("Connection: close\r\n"));
  with_close.end = ending::either;
  server.check({
      served("a field", with_trailers("X-A: b\r\n")),
      served("fields", with_trailers("X-A: b\r\nX-C:\r\nDigest: \t\xff\r\n")),
      served("the mark of a prefetch", with_trailers("Sec-Purpose: prefetch\r\n")),
      served("an old mark of a prefetch",
             with_trailers("Purpose: prefetch\r\nX-Moz: prefetch\r\n")),
      served("Expect", with_trailers("Expect: 100-continue\r\n")),
      with_close,
      refused("a length", with_trailers("Content-Length: 5\r\n")),
      refused("two lengths", with_trailers("Content-Length: 5\r\nContent-Length: 6\r\n")),
      refused("a coding", with_trailers("Transfer-Encoding: chunked\r\n")),
      refused("an unknown coding", with_trailers("Transfer-Encoding: gzip\r\n")),
      served("a Host", with_trailers("Host: b\r\n")),
      refused("a folded field", with_trailers("X-A: b\r\n c\r\n")),
      refused("a first field that is folded", with_trailers(" X-A: b\r\n")),
      refused("a space before the colon", with_trailers("X-A : b\r\n")),
      refused("no colon", with_trailers("X-A\r\n")),
      refused("no name", with_trailers(": b\r\n")),
      refused("a control in a value", with_trailers("X-A: \x01\r\n")),
      refused("a null in a value", with_trailers("X-A: \0\r\n"s)),
      refused("a control in a name", with_trailers("X\x01: b\r\n")),
      refused("LF after a field", with_trailers("X-A: b\n")),
      refused("CR in a value", with_trailers("X-A: b\rc\r\n")),
      refused("a request without an empty line before it",
              chunked_post_text("5\r\nhello\r\n0\r\nGET /count HTTP/1.1\r\nHost: a\r\n\r\n")),
  });
}
