// What a client says is never said back, and all refusals look alike.
#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_stream.hpp"
#include "text.hpp"

#include <string>
#include <vector>

using namespace tally::test;

namespace {

const std::string token = "zqxjkv";

// All that comes on a connection, to its end.
std::string everything(std::uint16_t port, const std::string& bytes)
{
  tcp_stream stream{port};
  stream.send(bytes);
  std::string all;
  for (std::string some; !(some = stream.read_some()).empty();)
    all += some;
  return all;
}

std::string closing(const std::string& line, const std::string& fields = {})
{
  return line + "\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n";
}

std::string lower(std::string text)
{
  for (char& each : text)
    each = static_cast<char>(::tolower(static_cast<unsigned char>(each)));
  return text;
}

} // namespace

TEST_CASE("no answer holds what its client sent", "[integration][conformance]")
{
  std::vector<std::string> requests{
      closing(token + " /count HTTP/1.1"),
      closing("GET /" + token + " HTTP/1.1"),
      closing("GET /count?" + token + " HTTP/1.1"),
      closing("GET /count?" + token + "#" + token + " HTTP/1.1"),
      closing("GET /\"" + token + " HTTP/1.1"),
      closing("GET http://" + token + "/nowhere HTTP/1.1"),
      closing("GET " + token + " HTTP/1.1"),
      closing("GET / HTTP/" + token),
      closing("GET / " + token),
      closing("CONNECT " + token + ":80 HTTP/1.1"),
      closing("TRACE / HTTP/1.1", "X-A: " + token + "\r\n"),
      "GET / HTTP/1.1\r\nHost: " + token + "\r\nConnection: close\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: <" + token + ">\r\nConnection: close\r\n\r\n",
      token + "\r\n\r\n",
      closing("GET /%0d%0aX-Evil:%20" + token + " HTTP/1.1"),
      closing("GET /count?%0d%0aX-Evil:%20" + token + " HTTP/1.1"),
      closing("GET /%0aX-Evil:" + token + "%0a%0a" + token + " HTTP/1.1"),
      closing("OPTIONS /%E5%98%8A%E5%98%8DX-Evil:" + token + " HTTP/1.1"),
      closing("POST /count HTTP/1.1", "Content-Length: 6\r\n") + token,
      closing("POST /count HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "6;" + token + "\r\n" +
          token + "\r\n0\r\nX-A: " + token + "\r\n\r\n",
      closing("POST /count HTTP/1.1", "Transfer-Encoding: chunked\r\n") + token + "\r\n",
  };
  for (const std::string field : {"X-A",
                                  "Origin",
                                  "Access-Control-Request-Method",
                                  "Access-Control-Request-Headers",
                                  "Cookie",
                                  "Referer",
                                  "User-Agent",
                                  "Accept",
                                  "Accept-Language",
                                  "Accept-Encoding",
                                  "X-Request-ID",
                                  "X-Forwarded-For",
                                  "X-Forwarded-Host",
                                  "Forwarded",
                                  "Content-Type",
                                  "Content-Length",
                                  "Transfer-Encoding",
                                  "Expect",
                                  "Upgrade",
                                  "Range",
                                  "If-None-Match",
                                  "Authorization",
                                  "Via",
                                  "Max-Forwards",
                                  "Sec-Purpose",
                                  "Purpose"})
    for (const std::string line : {"GET /count HTTP/1.1", "OPTIONS /count HTTP/1.1",
                                   "GET /nowhere HTTP/1.1", "TRACE /count HTTP/1.1"})
      requests.push_back(closing(line, field + ": " + token + "\r\n"));
  for (const std::string& fields :
       {token + ": b\r\n", token + "\r\n", token + " : b\r\n", "X-A: \x01" + token + "\r\n",
        "X-A: b\r\n " + token + "\r\n", "Connection: " + token + "\r\n", "Host: " + token + "\r\n"})
    requests.push_back(closing("GET /count HTTP/1.1", fields));

  redis_server redis;
  tally_process tally{redis};
  for (const auto& request : requests) {
    INFO(request);
    const auto answer = everything(tally.port(), request);
    CHECK(answer.starts_with("HTTP/1.1 "));
    CHECK_FALSE(contains(lower(answer), token));
    CHECK_FALSE(contains(lower(answer), "x-evil"));
  }
}

TEST_CASE("every refusal has the same form", "[integration][conformance]")
{
  const struct {
    int status;
    std::string bytes;
  } cases[] = {
      {400, "\r\n \r\n"},
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {404, closing("GET /nowhere HTTP/1.1")},
      {405, closing("DELETE /count HTTP/1.1")},
      {413, closing("POST /count HTTP/1.1", "Content-Length: 99999\r\n")},
      {414, closing("GET /" + std::string(10'000, 'a') + " HTTP/1.1")},
      {431, closing("GET / HTTP/1.1", "X-A: " + std::string(21'000, 'a') + "\r\n")},
      {501, closing("POST /count HTTP/1.1", "Transfer-Encoding: gzip\r\n")},
      {505, closing("GET / HTTP/2.0")},
  };
  redis_server redis;
  tally_process tally{redis};
  for (const auto& [status, bytes] : cases) {
    const auto answer = everything(tally.port(), bytes);
    INFO(answer);
    const auto head = answer.substr(0, answer.find("\r\n\r\n") + 4);
    const auto body = answer.substr(head.size());
    const auto line = head.substr(0, head.find("\r\n"));
    CHECK(line.starts_with("HTTP/1.1 " + std::to_string(status) + ' '));
    CHECK(line.size() > 13); // some reason
    CHECK(contains(head, "\r\nServer: tally\r\n"));
    CHECK(contains(head, "\r\nDate: "));
    CHECK(contains(head, " GMT\r\n"));
    CHECK(contains(head, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    CHECK(contains(head, "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
    CHECK(contains(head, "\r\nConnection: close\r\n"));
    CHECK(is_one_line(body)); // and nothing behind it
    CHECK((status != 405 || contains(head, "\r\nAllow: GET, HEAD, OPTIONS, POST\r\n")));
  }
}
