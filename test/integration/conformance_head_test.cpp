// The fields of a request: RFC 9112, 2.2 and 5, and RFC 9110, 5.5 and 5.6.2.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;
using namespace std::string_literals;

namespace {

std::string with_field(const std::string& line)
{
  return "GET /count HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n";
}

} // namespace

TEST_CASE("a field name is a token, directly followed by a colon", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{
      served("every character of a token", with_field("!#$%&'*+-.^_`|~09azAZ: b")),
      served("no white space after the colon", with_field("X-A:b")),
      served("no value", with_field("X-A:")),
      served("a value of white space", with_field("X-A: \t ")),
      served("a colon in the value", with_field("X-A: b:c: d")),
      refused("a space before the colon", with_field("X-A : b")),
      refused("a tab before the colon", with_field("X-A\t: b")),
      refused("a space before the colon of a length", post_text("Content-Length : 5\r\n", "hello")),
      refused("a tab before the colon of a coding",
              post_text("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")),
      refused("a space before the colon of Host", "GET /count HTTP/1.1\r\nHost : a\r\n\r\n"),
      refused("no name", with_field(": b")),
      refused("nothing but a colon", with_field(":")),
      refused("no colon", with_field("X-A")),
      refused("no colon but white space", with_field("X-A b")),
      refused("a space before the first name",
              "POST /count HTTP/1.1\r\n Content-Length: 5\r\nHost: a\r\n\r\nhello"),
      refused("a tab before the first name", "GET /count HTTP/1.1\r\n\tX-A: b\r\nHost: a\r\n\r\n"),
  };
  for (const char byte : "\x01\x08\x0b\x0c\x1f\x7f\x80\xe9\xff \"(),/;<=>?@[\\]{}"s + '\0')
    cases.push_back(refused("in a name: "s + byte, with_field("X"s + byte + "A: b")));
  server.check(cases);
}

TEST_CASE("a field value contains no control character except tab", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{
      served("a tab within", with_field("X-A: b\tc")),
      served("tabs around", with_field("X-A:\t\tb\t\t")),
      served("bytes beyond ASCII", with_field("X-A: b\x80\xff\xc3\xa9")),
      served("all printable characters",
             with_field("X-A: !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~")),
      refused("DEL within", with_field("X-A: b\x7f"s + "c")),
      refused("a null within", with_field("X-A: b\0c"s)),
      refused("a null at the end", with_field("X-A: b\0"s)),
  };
  for (char byte = 1; byte < 0x20; ++byte)
    if (byte != '\t' && byte != '\n' && byte != '\r') {
      const auto code = "control " + std::to_string(byte);
      cases.push_back(refused(code + " within", with_field("X-A: b"s + byte + "c")));
      cases.push_back(refused(code + " before", with_field("X-A: "s + byte + "b")));
    }
  server.check(cases);
}

TEST_CASE("a folded field is refused", "[integration][conformance]")
{
  conformance server;
  server.check({
      refused("in any field", with_field("X-A: b\r\n c")),
      refused("with a tab", with_field("X-A: b\r\n\tc")),
      refused("into nothing", with_field("X-A: b\r\n ")),
      refused("before the value", with_field("X-A:\r\n b")),
      refused("into another field", with_field("X-A: b\r\n X-B: c")),
      refused("in Host", "GET /count HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
      refused("before Host's value", "GET /count HTTP/1.1\r\nHost:\r\n a\r\n\r\n"),
      refused("in a length", post_text("Content-Length: 1\r\n 1\r\n", "hello world")),
      refused("before a length", post_text("Content-Length:\r\n 5\r\n", "hello")),
      refused("before a coding", post_text("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
      refused("before a coding with a tab",
              post_text("Transfer-Encoding:\r\n\tchunked\r\n", "0\r\n\r\n")),
      refused("after a coding", post_text("Transfer-Encoding: chunked\r\n , x\r\n", "0\r\n\r\n")),
  });
}

TEST_CASE("a line ends with CRLF and nothing else", "[integration][conformance]")
{
  conformance server;
  server.check({
      refused("LF after the request line", "GET /count HTTP/1.1\nHost: a\r\n\r\n"),
      refused("LF after a field", "GET /count HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"),
      refused("LF after the last field", "GET /count HTTP/1.1\r\nHost: a\n\r\n"),
      refused("LF at the end of the head", "GET /count HTTP/1.1\r\nHost: a\r\n\n"),
      refused("LF everywhere", "GET /count HTTP/1.1\nHost: a\n\n"),
      refused("LF in a value", with_field("X-A: b\nc")),
      refused("LF before a length", with_field("X-A: b\nContent-Length: 5") + "hello"),
      refused("CR in a value", with_field("X-A: b\rc")),
      refused("CR before a value", with_field("X-A: \rb")),
      refused("CR after a value", with_field("X-A: b\r")),
      refused("CR before a length", with_field("X-A: b\rContent-Length: 5") + "hello"),
      refused("CR in Host", "GET /count HTTP/1.1\r\nHost: a\rb\r\n\r\n"),
      refused("CR after a length", post_text("Content-Length: 5\r\r\n", "hello")),
      refused("CR in a name", with_field("X\rA: b")),
      refused("CR after the version", "GET /count HTTP/1.1\r\r\nHost: a\r\n\r\n"),
      refused("CR in the request line", "GET\r/count HTTP/1.1\r\nHost: a\r\n\r\n"),
      refused("CR in the target", "GET /co\runt HTTP/1.1\r\nHost: a\r\n\r\n"),
      refused("CR as a line end", "GET /count HTTP/1.1\rHost: a\r\r"),
      refused("CR where the head could end", "GET /count HTTP/1.1\r\nHost: a\r\n\rX-A: b\r\n\r\n"),
      refused("CR twice where the head ends", "GET /count HTTP/1.1\r\nHost: a\r\n\r\r\n"),
      refused("CR before the request line", "\rGET /count HTTP/1.1\r\nHost: a\r\n\r\n"),
      // RFC 9112, 2.2: a recipient may accept LF as a line end, and ignores an empty line here.
      refused("LF before the request line", "\nGET /count HTTP/1.1\r\nHost: a\r\n\r\n"),
  });
}
