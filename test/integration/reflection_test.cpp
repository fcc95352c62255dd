// Responses never contain input of the client, and all error responses have the same form.
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

std::string response_to(const tally_process& tally, const std::string& request)
{
  tcp_stream stream{tally.port()};
  stream.send(request);
  return stream.read_all();
}

std::string closing_request(const std::string& line, const std::string& fields = {})
{
  return line + "\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n";
}

std::string lower(std::string text)
{
  for (char& letter : text)
    letter = static_cast<char>(::tolower(static_cast<unsigned char>(letter)));
  return text;
}

} // namespace

TEST_CASE("no response contains input of the client", "[integration][conformance]")
{
  std::vector<std::string> requests{
      closing_request(token + " /count HTTP/1.1"),
      closing_request("GET /" + token + " HTTP/1.1"),
      closing_request("GET /count?" + token + " HTTP/1.1"),
      closing_request("GET /count?" + token + "#" + token + " HTTP/1.1"),
      closing_request("GET /\"" + token + " HTTP/1.1"),
      closing_request("GET http://" + token + "/nowhere HTTP/1.1"),
      closing_request("GET " + token + " HTTP/1.1"),
      closing_request("GET / HTTP/" + token),
      closing_request("GET / " + token),
      closing_request("CONNECT " + token + ":80 HTTP/1.1"),
      closing_request("TRACE / HTTP/1.1", "X-A: " + token + "\r\n"),
      "GET / HTTP/1.1\r\nHost: " + token + "\r\nConnection: close\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: <" + token + ">\r\nConnection: close\r\n\r\n",
      token + "\r\n\r\n",
      closing_request("GET /%0d%0aX-Evil:%20" + token + " HTTP/1.1"),
      closing_request("GET /count?%0d%0aX-Evil:%20" + token + " HTTP/1.1"),
      closing_request("GET /%0aX-Evil:" + token + "%0a%0a" + token + " HTTP/1.1"),
      closing_request("OPTIONS /%E5%98%8A%E5%98%8DX-Evil:" + token + " HTTP/1.1"),
      closing_request("POST /count HTTP/1.1", "Content-Length: 6\r\n") + token,
      closing_request("POST /count HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "6;" + token +
          "\r\n" + token + "\r\n0\r\nX-A: " + token + "\r\n\r\n",
      closing_request("POST /count HTTP/1.1", "Transfer-Encoding: chunked\r\n") + token + "\r\n",
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
      requests.push_back(closing_request(line, field + ": " + token + "\r\n"));
  for (const std::string& fields :
       {token + ": b\r\n", token + "\r\n", token + " : b\r\n", "X-A: \x01" + token + "\r\n",
        "X-A: b\r\n " + token + "\r\n", "Connection: " + token + "\r\n", "Host: " + token + "\r\n"})
    requests.push_back(closing_request("GET /count HTTP/1.1", fields));

  redis_server redis;
  tally_process tally{redis};
  for (const auto& request : requests) {
    INFO(request);
    const auto response = response_to(tally, request);
    CHECK(response.starts_with("HTTP/1.1 "));
    CHECK_FALSE(contains(lower(response), token));
    CHECK_FALSE(contains(lower(response), "x-evil"));
  }
}

TEST_CASE("every error response has the same form", "[integration][conformance]")
{
  const struct {
    int status;
    std::string bytes;
  } cases[] = {
      {400, "\r\n \r\n"},
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {404, closing_request("GET /nowhere HTTP/1.1")},
      {405, closing_request("DELETE /count HTTP/1.1")},
      {413, closing_request("POST /count HTTP/1.1", "Content-Length: 99999\r\n")},
      {414, closing_request("GET /" + std::string(10'000, 'a') + " HTTP/1.1")},
      {431, closing_request("GET / HTTP/1.1", "X-A: " + std::string(21'000, 'a') + "\r\n")},
      {501, closing_request("POST /count HTTP/1.1", "Transfer-Encoding: gzip\r\n")},
      {505, closing_request("GET / HTTP/2.0")},
  };
  redis_server redis;
  tally_process tally{redis};
  for (const auto& [status, bytes] : cases) {
    const auto response = response_to(tally, bytes);
    INFO(response);
    const auto head = response.substr(0, response.find("\r\n\r\n") + 4);
    const auto body = response.substr(head.size());
    const auto line = head.substr(0, head.find("\r\n"));
    CHECK(line.starts_with("HTTP/1.1 " + std::to_string(status) + ' '));
    CHECK(line.size() > 13); // with a reason phrase
    CHECK(contains(head, "\r\nServer: tally\r\n"));
    CHECK(contains(head, "\r\nDate: "));
    CHECK(contains(head, " GMT\r\n"));
    CHECK(contains(head, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    CHECK(contains(head, "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
    CHECK(contains(head, "\r\nConnection: close\r\n"));
    CHECK(is_one_line(body)); // and nothing after it
    CHECK((status != 405 || contains(head, "\r\nAllow: GET, HEAD, OPTIONS, POST\r\n")));
  }
}
