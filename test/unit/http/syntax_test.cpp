#include "catch.hpp"
#include "http/syntax.hpp"

#include <boost/beast/http/verb.hpp>

#include <string_view>

using boost::beast::http::verb;

TEST_CASE("letters, digits and some marks are allowed in a token", "[syntax]")
{
  for (const char byte : std::string_view{"azAZ09!#$%&'*+-.^_`|~"}) {
    CAPTURE(byte);
    CHECK(tally::is_token(byte));
  }
  for (const char byte : std::string_view{" \t\r\n\"(),/:;<=>?@[\\]{}\x7f\x80\xff"}) {
    CAPTURE(static_cast<int>(byte));
    CHECK_FALSE(tally::is_token(byte));
  }
  CHECK_FALSE(tally::is_token('\0'));
}

TEST_CASE("of the control characters, only the tab is allowed in text", "[syntax]")
{
  for (const char byte : std::string_view{"a \t\"~\x80\xff"}) {
    CAPTURE(static_cast<int>(byte));
    CHECK(tally::is_text(byte));
  }
  for (const char byte : std::string_view{"\r\n\x01\x1f\x7f"}) {
    CAPTURE(static_cast<int>(byte));
    CHECK_FALSE(tally::is_text(byte));
  }
  CHECK_FALSE(tally::is_text('\0'));
}

TEST_CASE("a Host is empty, or one host with an optional port", "[syntax]")
{
  for (const std::string_view host :
       {"", "a", "tally.test", "tally.test:80", "a:", ":80", "xn--bcher-kva.test", "a_b", "a-._~z",
        "a!$&'()*+;=z", "a%20b", "%c3%A4", "127.0.0.1", "127.0.0.1:8080", "[::]", "[::1]:80",
        "[2001:db8::1]:", "[::ffff:192.0.2.1]"}) {
    CAPTURE(host);
    CHECK(tally::is_host(host));
  }
}

TEST_CASE("a list, a user, a path or a malformed address is not a Host", "[syntax]")
{
  for (const std::string_view host : {"a,b",
                                      "a, b",
                                      "a b",
                                      " a",
                                      "a\t",
                                      "user@a",
                                      "a/",
                                      "a?b",
                                      "a#b",
                                      "a\\b",
                                      "a\"b",
                                      "a<b",
                                      "http://a",
                                      "a:x",
                                      "a:-1",
                                      "a:80:80",
                                      "a:80 ",
                                      "::1",
                                      "a%",
                                      "a%2",
                                      "a%zz",
                                      "a\x7f",
                                      "a\xc3\xa4",
                                      "[",
                                      "[]",
                                      "[::1",
                                      "::1]",
                                      "[::1]a",
                                      "[::1]:x",
                                      "[192.0.2.1]",
                                      "[::g]",
                                      "[fe80::1%25eth0]",
                                      "[fe80::1%eth0]",
                                      "[v1.a]"}) {
    CAPTURE(host);
    CHECK_FALSE(tally::is_host(host));
  }
}

TEST_CASE("a target has the origin form or the absolute form", "[syntax]")
{
  for (const std::string_view target :
       {"/", "/count", "/count?a=b&c", "//", "/%20", "/%", "/a,b;c@d:e", "/?/?", "/[\\]^`{|}",
        "http://a", "http://a/", "http://a?b", "HTTPS://tally.test:443/count?a=b",
        "http://[::1]:8080/", "a+b-c.1://d/e"}) {
    CAPTURE(target);
    for (const verb method : {verb::get, verb::head, verb::post, verb::options, verb::unknown})
      CHECK(tally::is_target(method, target));
  }
}

TEST_CASE("a target of another form is invalid", "[syntax]")
{
  for (const std::string_view target : {"",
                                        "count",
                                        "?a",
                                        "a:80",
                                        "tally.test",
                                        "/a b",
                                        "/a\tb",
                                        "/a#b",
                                        "/\"",
                                        "/<",
                                        "/>",
                                        "/\x7f",
                                        "/\xc3\xa4",
                                        "http:/a",
                                        "http://",
                                        "http:///a",
                                        "http://?a",
                                        "http://:80/",
                                        "http://user@a/",
                                        "http://a,b/",
                                        "http://a:b/",
                                        "http://[::1/",
                                        "1http://a/",
                                        "://a",
                                        "ht_tp://a/"}) {
    CAPTURE(target);
    for (const verb method : {verb::get, verb::post, verb::options})
      CHECK_FALSE(tally::is_target(method, target));
  }
}

TEST_CASE("only OPTIONS has the asterisk form", "[syntax]")
{
  CHECK(tally::is_target(verb::options, "*"));
  for (const verb method : {verb::get, verb::head, verb::post, verb::connect, verb::unknown})
    CHECK_FALSE(tally::is_target(method, "*"));
  CHECK_FALSE(tally::is_target(verb::options, "**"));
}

TEST_CASE("only CONNECT has the authority form, with a host and a port", "[syntax]")
{
  for (const std::string_view target : {"a:80", "tally.test:443", "127.0.0.1:1", "[::1]:443"}) {
    CAPTURE(target);
    CHECK(tally::is_target(verb::connect, target));
    CHECK_FALSE(tally::is_target(verb::get, target));
  }
  for (const std::string_view target :
       {"", "a", "a:", ":80", "a:x", "[::1]", "[::1]:", "a,b:80", "user@a:80", "/", "/count",
        "http://a:80", "http://a:80/"}) {
    CAPTURE(target);
    CHECK_FALSE(tally::is_target(verb::connect, target));
  }
}
