// RFC 9112, 3.2: exactly one valid Host in HTTP/1.1; RFC 3986, 3.2.2, defines its syntax.
#include "catch.hpp"
#include "conformance.hpp"

using namespace tally::test;
using namespace std::string_literals;

namespace {

std::string with_host(const std::string& value)
{
  return "GET /count HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}

} // namespace

TEST_CASE("an HTTP/1.1 request has exactly one Host", "[integration][conformance]")
{
  conformance server;
  server.check({
      refused("no Host", "GET /count HTTP/1.1\r\n\r\n"),
      refused("two Hosts", "GET /count HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
      refused("two equal Hosts", "GET /count HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
      refused("a Host far after the first",
              "GET /count HTTP/1.1\r\nHost: a\r\nX-A: b\r\nhOST: a\r\n\r\n"),
      refused("a Host of another name", "GET /count HTTP/1.1\r\nHosts: a\r\n\r\n"),
      refused("two Hosts and an absolute target",
              "GET http://a/count HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
      refused("no Host and an absolute target", "GET http://a/count HTTP/1.1\r\n\r\n"),
      served("a Host in capitals", "GET /count HTTP/1.1\r\nHOST: a\r\n\r\n"),
      served("a Host at the end", "GET /count HTTP/1.1\r\nX-A: b\r\nHost: a\r\n\r\n"),
      served("white space around a Host", "GET /count HTTP/1.1\r\nHost: \t a \t\r\n\r\n"),
      served("a Host right after its colon", "GET /count HTTP/1.1\r\nHost:a\r\n\r\n"),
  });
}

TEST_CASE("HTTP/1.0 needs no Host, but an invalid one is refused", "[integration][conformance]")
{
  conformance server;
  exchange no_host = served("no Host", "GET /count HTTP/1.0\r\n\r\n");
  exchange one_host = served("a Host", "GET /count HTTP/1.0\r\nHost: a\r\n\r\n");
  no_host.end = one_host.end = ending::closes;
  server.check({
      no_host,
      one_host,
      refused("two Hosts", "GET /count HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
      refused("two equal Hosts", "GET /count HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
      refused("an invalid Host", "GET /count HTTP/1.0\r\nHost: a/b\r\n\r\n"),
  });
}

TEST_CASE("an invalid Host is refused", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const auto& value : {"a b"s,
                            "a/b"s,
                            "/"s,
                            "a@b"s,
                            "a?b"s,
                            "a#b"s,
                            "a\\b"s,
                            "a, b"s,
                            "<a>"s,
                            "\"a\""s,
                            "{a}"s,
                            "a^b"s,
                            "a|b"s,
                            "[::1"s,
                            "::1"s,
                            "[::1]a"s,
                            "[]"s,
                            "[a"s,
                            "a]"s,
                            "[::1]]"s,
                            "[1.2]"s,
                            "[:::]"s,
                            "[1:2]"s,
                            "[::1%25lo]"s,
                            "[v1.a]"s,
                            "a:port"s,
                            "a:80:80"s,
                            "a:-1"s,
                            "a:+1"s,
                            "a: 80"s,
                            "a :80"s,
                            "a%"s,
                            "a%4"s,
                            "a%zz"s,
                            "http://a"s,
                            "a\x01"
                            "b"s,
                            "a\0b"s,
                            "a\tb"s,
                            "a\x7f"s,
                            "\x80"s,
                            "\xc3\xa9"s})
    cases.push_back(refused("Host: " + value, with_host(value)));
  server.check(cases);
}

TEST_CASE("a valid Host is served", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const auto& value : {"a"s, "a:80"s, "a:"s, ""s, "[::1]"s, "[::1]:80"s, "[::ffff:1.2.3.4]:"s,
                            "127.0.0.1:5002"s, "a%41b"s, "a_b-c.d~e"s, "A.TEST"s, "a."s})
    cases.push_back(served("Host: " + value, with_host(value)));
  // RFC 3986, 3.2.2, allows a comma in a name, but merging two Host fields also produces one.
  cases.push_back(refused("a Host with a comma", with_host("a,b")));
  server.check(cases);
}
