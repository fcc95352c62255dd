#include "catch.hpp"
#include "unit/http/session_client.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string body_of(std::string_view message)
{
  return std::string{message.substr(message.find("\r\n\r\n") + 4)};
}

} // namespace

TEST_CASE_METHOD(session_client, "pipelined requests are answered in order", "[session]")
{
  std::string three;
  for (int i = 0; i != 3; ++i)
    three.append(count_request);
  const auto responses = send(three);
  CHECK(occurrences(responses, "HTTP/1.1 200 OK\r\n") == 3);
  CHECK(responses.find("\r\n\r\n1\n") < responses.find("\r\n\r\n2\n"));
  CHECK(responses.find("\r\n\r\n2\n") < responses.find("\r\n\r\n3\n"));
}

TEST_CASE_METHOD(session_client, "no request is served after Connection: close", "[session]")
{
  const auto responses = send("GET /count HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" +
                              std::string{count_request});
  CHECK(occurrences(responses, "HTTP/1.1 ") == 1);
  CHECK(responses.find("Connection: close\r\n") != responses.npos);
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(session_client, "an HTTP/1.0 connection closes without keep-alive", "[session]")
{
  const auto responses = send("GET /count HTTP/1.0\r\n\r\nGET /count HTTP/1.0\r\n\r\n");
  CHECK(occurrences(responses, "HTTP/1.1 ") == 1);
}

TEST_CASE_METHOD(session_client, "a body is never parsed as a request", "[session]")
{
  const auto responses = send(
      "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(count_request.size()) +
      "\r\n\r\n" + std::string{count_request});
  CHECK(occurrences(responses, "HTTP/1.1 ") == 1);
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(session_client, "a malformed request gets 400 and ends the connection",
                 "[session]")
{
  const auto response = send("GET /count HTTP/1.1\r\n\r\n" + std::string{count_request});
  CHECK(response.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(response.find("Connection: close\r\n") != response.npos);
  CHECK(body_of(response) == "bad request\n");
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(session_client, "a header without end gets 431 at the limit", "[session]")
{
  const auto response = send("GET /count HTTP/1.1\r\nX: " + std::string(30000, 'x'));
  CHECK(response.starts_with("HTTP/1.1 431 "));
}

TEST_CASE_METHOD(session_client, "a header in small pieces has the same limit", "[session]")
{
  std::vector<std::string> pieces{"GET /count HTTP/1.1\r\nHost: a\r\n"};
  for (int i = 0; i != 40; ++i)
    pieces.push_back("X: " + std::string(1000, 'x') + "\r\n");
  CHECK(send_in_pieces(pieces).starts_with("HTTP/1.1 431 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(session_client, "a client that waits for a 100 gets it before the response",
                 "[session]")
{
  const auto response = send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                             "Expect: 100-continue\r\n\r\n");
  CHECK(response == "HTTP/1.1 100 Continue\r\n\r\n"); // and no more: the body never came
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(session_client, "a chunked request may arrive in any two pieces", "[session]")
{
  const std::string chunked = "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                              "\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t cut = 1; cut != chunked.size(); ++cut)
    CHECK(
        send_in_pieces({chunked.substr(0, cut), chunked.substr(cut)}).starts_with("HTTP/1.1 200"));
  std::vector<std::string> bytes;
  for (const char each : chunked)
    bytes.emplace_back(1, each);
  CHECK(send_in_pieces(bytes).starts_with("HTTP/1.1 200"));
}

TEST_CASE_METHOD(session_client, "chunk extensions and trailers without end are refused",
                 "[session]")
{
  const std::string chunked =
      "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(send(chunked + "1;" + std::string(30000, 'x')).starts_with("HTTP/1.1 431 "));
  CHECK(send(chunked + "0\r\nX: " + std::string(30000, 'x')).starts_with("HTTP/1.1 431 "));
  std::string many = chunked;
  for (int i = 0; i != 40; ++i)
    many += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  CHECK(send(many + "0\r\n\r\n").starts_with("HTTP/1.1 413 "));
  CHECK(counter.visits == 0);
}
