// As smuggling_test.cpp, but about heads.
#include "agreement.hpp"
#include "catch.hpp"
#include "http_client.hpp"

using namespace tally::test;
using namespace std::string_literals;

TEST_CASE("nginx and tally agree on heads", "[integration][smuggling]")
{
  check_agreement({
      {"LF for line ends", "GET /count HTTP/1.1\nHost: a\n\n" + smuggled},
      {"LF after a value",
       request_text("GET", "/count", "X-A: b\n" + content_length(41)) + smuggled},
      {"CR in a value", request_text("GET", "/count", "X-A: b\r" + content_length(41)) + smuggled},
      {"a request in a value", request_text("GET", "/count", "X-A: b\n\n" + smuggled)},
      {"a request in a folded value", request_text("GET", "/count", "X-A: b\r\n " + smuggled)},
      {"a null in a value", request_text("GET", "/count", "X-A: \0b\r\n"s) + smuggled},
      {"no version", "GET /count\r\n" + smuggled},
      {"no version and an LF", "GET /count\n" + smuggled},
      {"HTTP/1.0", "GET /count HTTP/1.0\r\nHost: a\r\n\r\n" + smuggled},
      {"HTTP/1.0 that is kept", "GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + smuggled},
      {"HTTP/1.9", "GET /count HTTP/1.9\r\nHost: a\r\n\r\n" + smuggled},
      {"HTTP/2.0", "GET /count HTTP/2.0\r\nHost: a\r\n\r\n" + smuggled},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled},
      {"spaces in the request line", "GET   /count  HTTP/1.1  \r\nHost: a\r\n\r\n" + smuggled},
      {"a request line in a target", "GET /count?%20HTTP/1.1%0d%0aHost:a%0d%0a%0d%0a HTTP/1.1\r\n"
                                     "Host: a\r\n\r\n" +
                                         smuggled},
      {"empty lines between", "\r\n\r\n" + smuggled + "\r\n\r\n" + smuggled},
      {"an absolute target for another host",
       "GET http://b/count HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled},
      {"an absolute target without a path",
       "GET http://b?/count HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled},
      {"an absolute target with a user",
       "GET http://u@b/count HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled},
      {"two Hosts", request_text("GET", "/count", "Host: b\r\n") + smuggled},
      {"a Host with a path", "GET /count HTTP/1.1\r\nHost: a/count\r\n\r\n" + smuggled},
      {"a Host that folds", "GET /count HTTP/1.1\r\nHost: a\r\n b\r\n\r\n" + smuggled},
      {"Expect without a body",
       request_text("GET", "/count", "Expect: 100-continue\r\n") + smuggled},
      {"Expect with a body",
       post_text("Expect: 100-continue\r\n" + content_length(41), smuggled) + smuggled},
      {"Expect with chunks",
       post_text("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") + smuggled},
      {"an odd Expect",
       post_text("Expect: x 100-continue\r\n" + content_length(41), smuggled) + smuggled},
      {"an upgrade",
       request_text("GET", "/count", "Connection: Upgrade\r\nUpgrade: h2c\r\n") + smuggled},
      {"Connection names the length",
       post_text("Connection: Content-Length\r\n" + content_length(41), smuggled) + smuggled},
      {"Connection names Host", request_text("GET", "/count", "Connection: Host\r\n") + smuggled},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + smuggled},
      {"TRACE", request_text("TRACE", "/count", content_length(41)) + smuggled},
      {"an asterisk", request_text("OPTIONS", "*") + smuggled},
      {"a path with dots", request_text("GET", "/x/../count") + smuggled},
      {"a path with a coded slash", request_text("GET", "/x%2f..%2fcount") + smuggled},
      {"a coded path", request_text("GET", "/%63ount") + smuggled},
      {"garbage after a request", smuggled + "garbage" + smuggled},
      {"a single line after a request", smuggled + "garbage\r\n\r\n" + smuggled},
      {"a method in lower case", request_text("get", "/count") + smuggled},
      {"an unknown method", request_text("FROB", "/count", content_length(41)) + smuggled},
  });
}
