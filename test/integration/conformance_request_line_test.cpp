// The request line: RFC 9112, 2.3 and 3; RFC 9110, 9.1.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;
using namespace std::string_literals;

namespace {

std::string with_line(const std::string& line)
{
  return line + "\r\nHost: a\r\n\r\n";
}

exchange line_exchange(const std::string& line, expected_response response)
{
  return {.name = line, .bytes = with_line(line), .responses = {std::move(response)}};
}

} // namespace

TEST_CASE("a request line has three words separated by single spaces", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const auto& line :
       {" /count HTTP/1.1"s, " GET /count HTTP/1.1"s, "\tGET /count HTTP/1.1"s,
        "GET  /count HTTP/1.1"s, "GET /count  HTTP/1.1"s, "GET\t/count HTTP/1.1"s,
        "GET /count\tHTTP/1.1"s, "GET\v/count HTTP/1.1"s, "GET /count\fHTTP/1.1"s,
        "GET /co unt HTTP/1.1"s, "GET /count x HTTP/1.1"s, "GET /count"s, "GET /count "s, "GET"s,
        "GET "s, "GET  HTTP/1.1"s, "GET HTTP/1.1"s, "/count"s, "hello"s})
    cases.push_back(refused(line, with_line(line)));
  cases.push_back(refused("HTTP/0.9", "GET /count\r\n\r\n"));
  cases.push_back(refused("a field in its place", "Host: a\r\n\r\n"));
  server.check(cases);
}

TEST_CASE("a method is a case-sensitive token", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const char byte : "\x01\x0b\x1f\x7f\x80\xff\"(),/:;<=>?@[\\]{}"s + '\0')
    cases.push_back(
        refused("in a method: "s + byte, with_line("GE"s + byte + "T /count HTTP/1.1")));
  // RFC 9110, 9.1, allows 501, too: tally responds with 405 to every unsupported method.
  for (const std::string method : {"get", "Get", "GETX", "GE", "PUT", "DELETE", "PATCH", "TRACE",
                                   "PRI", "M-SEARCH", "!#$%&'*+-.^_`|~09azAZ"})
    cases.push_back(line_exchange(method + " /count HTTP/1.1", 405));
  cases.push_back(line_exchange("TRACE / HTTP/1.1", 405));
  cases.push_back(line_exchange("POST /total HTTP/1.1", 405));
  cases.push_back(line_exchange("OPTIONS /count HTTP/1.1", 204));
  cases.push_back(line_exchange("HEAD /count HTTP/1.1", head_response(200)));
  server.check(cases);
}

TEST_CASE("a target must have one of the four forms", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases{
      line_exchange("OPTIONS * HTTP/1.1", 204),
      line_exchange("GET http://a HTTP/1.1", 200),
      line_exchange("GET http://a/ HTTP/1.1", 200),
      line_exchange("GET http://a?/count HTTP/1.1", 200),
      line_exchange("GET //count HTTP/1.1", 404),
      line_exchange("GET /count/ HTTP/1.1", 404),
  };
  // The bytes after CONNECT are meant for a proxy: tally may close the connection.
  cases.push_back({.name = "CONNECT a:80",
                   .bytes = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
                   .responses = {405},
                   .end = ending::either});
  for (const std::string target :
       {"/count?", "/count?x", "/count??", "/count?a=/b/../c?d", "/count?%00%0d%0a", "/count?%zz",
        "/count?{|}^`\\", "/count?!$&'()*+,;=:@-._~[]", "http://a/count", "HTTP://a:80/count?x",
        "http://other.test/count", "http://[::1]:80/count", "http://a:/count"})
    cases.push_back(served(target, with_line("GET " + target + " HTTP/1.1")));
  for (const std::string target : {"count",
                                   "?",
                                   "*",
                                   "*/",
                                   "a:80",
                                   "http:",
                                   "http:/",
                                   "http:/count",
                                   "http:///count",
                                   "http://",
                                   "http://u@a/count",
                                   "http://u:p@a/count",
                                   "http://a:b/count",
                                   "http://[::1/count",
                                   "http://:80/count",
                                   "://a/count",
                                   "1a://b/count",
                                   "h_p://a/count",
                                   "h!p://a/count",
                                   "+a://b/count",
                                   "count/",
                                   "./count",
                                   "%2fcount"})
    cases.push_back(refused("GET " + target, with_line("GET " + target + " HTTP/1.1")));
  for (const std::string line :
       {"CONNECT / HTTP/1.1", "CONNECT * HTTP/1.1", "POST * HTTP/1.1", "CONNECT http://a/ HTTP/1.1",
        "CONNECT a HTTP/1.1", "CONNECT a: HTTP/1.1", "CONNECT :80 HTTP/1.1",
        "CONNECT [::1] HTTP/1.1", "CONNECT [::1]: HTTP/1.1"})
    cases.push_back(refused(line, with_line(line)));
  server.check(cases);
}

TEST_CASE("a target contains only bytes that are valid in a URI", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const char byte : "\x01\x08\t\v\f\x0e\x1f\x7f\x80\xe9\xff\"<>#"s + '\0') {
    cases.push_back(refused("in a path: "s + byte, with_line("GET /co"s + byte + "unt HTTP/1.1")));
    cases.push_back(
        refused("in a query: "s + byte, with_line("GET /count?a"s + byte + " HTTP/1.1")));
  }
  server.check(cases);
}

TEST_CASE("a version is HTTP, a digit, a dot and a digit", "[integration][conformance]")
{
  conformance server;
  std::vector<exchange> cases;
  for (const std::string version : {"HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/9.9", "HTTP/2.1"})
    cases.push_back(refused(version, with_line("GET /count " + version), {505}));
  // RFC 9110, 2.5: a higher minor version is processed as the highest supported one.
  for (const std::string version : {"HTTP/1.1", "HTTP/1.2", "HTTP/1.9"})
    cases.push_back(served(version, with_line("GET /count " + version)));
  for (const auto& version :
       {"HTTP/1.10"s,  "HTTP/11"s,   "HTTP/1"s,    "HTTP/1."s,   "HTTP/.1"s,    "HTTP/"s,
        "HTTP"s,       "HTTP/01.1"s, "HTTP/1.01"s, "HTTP/1,1"s,  "HTTP/+1.1"s,  "HTTP/1.x"s,
        "http/1.1"s,   "Http/1.1"s,  "HTTPS/1.1"s, "HTTP/1.1 "s, "HTTP/1.1\t"s, "HTTP/1.1x"s,
        "HTTP/1.1\0"s, "HTTP /1.1"s, "ICY/1.1"s,   "RTSP/1.0"s})
    cases.push_back(refused(version, with_line("GET /count " + version)));
  cases.push_back(refused("the preface of HTTP/2",
                          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s, {505}));
  server.check(cases);
}

TEST_CASE("an empty line before a request is skipped", "[integration][conformance]")
{
  conformance server;
  const auto request = request_text("GET", "/count");
  exchange two = served("between two", request + "\r\n" + request);
  two.responses.push_back(200);
  two.visits = 2;
  exchange body = served("after a body, as sent by old browsers",
                         post_text("Content-Length: 5\r\n", "hello") + "\r\n" + request);
  body.responses.push_back(200);
  body.visits = 2;
  server.check({
      served("one", "\r\n" + request),
      served("two", "\r\n\r\n" + request),
      two,
      body,
      refused("one of white space", " \r\n" + request),
  });
}

TEST_CASE("input that is not HTTP is refused before it ends", "[integration][conformance]")
{
  conformance server;
  server.check({
      refused_immediately("a null", "\0"s),
      refused_immediately("the greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s),
      refused_immediately("a byte beyond ASCII", "\x80"s),
      refused_immediately("JSON", "{\"a\": 1}"),
      refused_immediately("an invalid method", "GE(T"),
      refused_immediately("LF after a word", "hello\n"),
      refused_immediately("a space", " "),
  });
}
