#include "catch.hpp"
#include "unit/http/session_client.hpp"

#include <string>

// How sessions end: by deadlines, drains and idleness.

TEST_CASE_METHOD(session_client, "a deadline that passes while bytes arrive ends the request",
                 "[session]")
{
  // The sweep runs after the bytes have arrived and before an event has reported them.
  CHECK(send_late("GET /count HTTP/1.1\r\nHost: a\r\n", "X: y\r\n").starts_with("HTTP/1.1 408 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(session_client, "half a request that stalls gets 408", "[session]")
{
  CHECK(send_and_stall("GET /count HT").starts_with("HTTP/1.1 408 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(session_client, "an idle connection is closed without a response", "[session]")
{
  CHECK(send_and_stall("").empty());
}

TEST_CASE_METHOD(session_client, "a request whose body stalls gets 408 and is not counted",
                 "[session]")
{
  const auto response =
      send_and_stall("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab");
  CHECK(response.starts_with("HTTP/1.1 408 "));
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(session_client, "a drain serves requests that have arrived, and none after them",
                 "[session]")
{
  drain();
  const std::string two = std::string{count_request}.append(count_request);
  const auto responses = send_in_pieces({two, two});
  CHECK(counter.visits == 2);
  CHECK(occurrences(responses, "HTTP/1.1 200 ") == 2);
  CHECK(occurrences(responses, "Connection: close\r\n") == 1);
  CHECK(responses.find("Connection: close\r\n") > responses.rfind("HTTP/1.1 200 "));
}

TEST_CASE_METHOD(session_client, "a drain serves all that has arrived, in several reads",
                 "[session]")
{
  drain();
  std::string many;
  for (int i = 0; i != 200; ++i)
    many += count_request;
  const auto responses = send(many);
  CHECK(counter.visits == 200);
  CHECK(occurrences(responses, "Connection: close\r\n") == 1);
}

TEST_CASE_METHOD(session_client, "a request that has arrived is served before an idle session ends",
                 "[session]")
{
  CHECK(send_during_end_if_idle(count_request).starts_with("HTTP/1.1 200 "));
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(session_client, "end_if_idle ends an idle session", "[session]")
{
  CHECK(send_during_end_if_idle("").empty());
}
