// nginx and tally must agree on where a request ends: however nginx parses a message, tally
// executes as many requests as nginx logs. This file is about bodies.
#include "agreement.hpp"
#include "catch.hpp"
#include "http_client.hpp"

using namespace tally::test;
using namespace std::string_literals;

TEST_CASE("nginx and tally agree on lengths", "[integration][smuggling]")
{
  std::vector<message> messages{
      {"two lengths, the first short",
       post_text(content_length(0) + content_length(smuggled.size()), smuggled)},
      {"two lengths, the first long",
       post_text(content_length(smuggled.size()) + content_length(0), smuggled)},
      {"two equal lengths",
       post_text(content_length(smuggled.size()) + content_length(smuggled.size()), smuggled)},
      {"a name with an underscore", post_text("Content_Length: 41\r\n", smuggled)},
      {"a name with a dot", post_text("Content.Length: 41\r\n", smuggled)},
      {"a body that is a request", post_text(content_length(smuggled.size()), smuggled)},
      {"the same in a GET",
       request_text("GET", "/count", content_length(smuggled.size())) + smuggled},
      {"the same in a HEAD",
       request_text("HEAD", "/count", content_length(smuggled.size())) + smuggled},
      {"the same to an unknown path",
       request_text("POST", "/nowhere", content_length(smuggled.size())) + smuggled},
      {"more than the length", post_text(content_length(1), "ab" + smuggled)},
      {"a line end more than the length", post_text(content_length(2), "ab\r\n" + smuggled)},
  };
  for (const auto& value :
       {"+41"s, "-41"s, "41, 41"s, "0, 41"s, "4 1"s, "0x29"s, "041"s, "41 "s, ""s, "41;"s,
        "4\0001"s, "\v41"s, "41\v"s, "41\r "s, "4.1e1"s, "18446744073709551657"s})
    messages.push_back(
        {"length: " + value, post_text("Content-Length: " + value + "\r\n", smuggled)});
  check_agreement(messages);
}

TEST_CASE("nginx and tally agree on codings", "[integration][smuggling]")
{
  const auto end = "0\r\n\r\n"s;
  const auto coding = "Transfer-Encoding: chunked\r\n"s;
  std::vector<message> messages{
      {"CL.TE", post_text(content_length(end.size() + smuggled.size()) + coding, end + smuggled)},
      {"TE.CL", post_text(coding + content_length(4), "29\r\n" + smuggled + "\r\n" + end)},
      {"CL zero and TE", post_text(content_length(0) + coding, end + smuggled)},
      {"HTTP/1.0 with a coding", "POST /count HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" +
                                     coding + "\r\n" + end + smuggled},
      {"HTTP/1.0 with a length and a coding",
       "POST /count HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" + coding +
           content_length(end.size()) + "\r\n" + end + smuggled},
      {"a coding twice", post_text(coding + coding, end + smuggled)},
      {"a coding and another", post_text(coding + "Transfer-Encoding: x\r\n", end + smuggled)},
      {"another and a coding", post_text("Transfer-Encoding: x\r\n" + coding, end + smuggled)},
      {"a name with an underscore", post_text("Transfer_Encoding: chunked\r\n", end + smuggled)},
      {"a space before the colon", post_text("Transfer-Encoding : chunked\r\n", end + smuggled)},
      {"a tab before the colon", post_text("Transfer-Encoding\t: chunked\r\n", end + smuggled)},
      {"a folded value", post_text("Transfer-Encoding:\r\n chunked\r\n", end + smuggled)},
      {"a folded value with a tab",
       post_text("Transfer-Encoding:\r\n\tchunked\r\n", end + smuggled)},
      {"folded into another field", post_text("X-A: b\r\n " + coding, end + smuggled)},
      {"a space before the name", post_text(" " + coding, end + smuggled)},
      {"after an LF", post_text("X-A: b\n" + coding, end + smuggled)},
      {"after a CR", post_text("X-A: b\r" + coding, end + smuggled)},
      {"after a null", post_text("X-A: b\0"s + coding, end + smuggled)},
      {"no colon", post_text("Transfer-Encoding chunked\r\n", end + smuggled)},
      {"with a length and a space before the colon",
       post_text(content_length(smuggled.size()) + "Transfer-Encoding : chunked\r\n",
                 end + smuggled)},
      {"with a length and an unknown coding",
       post_text(content_length(smuggled.size()) + "Transfer-Encoding: xchunked\r\n", smuggled)},
      {"in a GET", request_text("GET", "/count", coding) + end + smuggled},
      {"in a HEAD", request_text("HEAD", "/count", coding) + end + smuggled},
  };
  for (const auto& value : {"xchunked"s, "chunked, identity"s, "identity, chunked"s, "identity"s,
                            "gzip, chunked"s, "chunked;q=1"s, "\"chunked\""s, "CHUNKED"s,
                            "\tchunked"s, "\vchunked"s, "chunked\v"s, "chunked\r"s, "chunked\0"s,
                            "chunked,"s, ",chunked"s, ""s, "chun\0ked"s, "\xa0"s + "chunked"})
    messages.push_back(
        {"coding: " + value, post_text("Transfer-Encoding: " + value + "\r\n", end + smuggled)});
  check_agreement(messages);
}

TEST_CASE("nginx and tally agree on chunks", "[integration][smuggling]")
{
  std::vector<message> messages;
  for (const auto& body : {"5;\nhello\r\n0\r\n\r\n"s,
                           "5;a\nb\r\nhello\r\n0\r\n\r\n"s,
                           "5;a=\"\n29\r\n"s + smuggled,
                           "5\nhello\n0\n\n"s,
                           "5\r\nhello\n0\r\n\r\n"s,
                           "5\r\nhello0\r\n\r\n"s,
                           "0x5\r\nhello\r\n0\r\n\r\n"s,
                           "-5\r\nhello\r\n0\r\n\r\n"s,
                           " 5\r\nhello\r\n0\r\n\r\n"s,
                           "5 \r\nhello\r\n0\r\n\r\n"s,
                           "5\rhello\r\n0\r\n\r\n"s,
                           "5\r\r\nhello\r\n0\r\n\r\n"s,
                           "05\r\nhello\r\n000\r\n\r\n"s,
                           "10000000000000005\r\nhello\r\n0\r\n\r\n"s,
                           "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"s,
                           "5;a=b\r\nhello\r\n0;c\r\n\r\n"s,
                           "5\r\nhello\r\n0\r\nX-A: b\r\n\r\n"s,
                           "5\r\nhello\r\n0\r\nContent-Length: 41\r\n\r\n"s,
                           "5\r\nhello\r\n0\r\nX-A: b\n\n"s,
                           "5\r\nhello\r\n0\n\r\n"s,
                           "5\r\nhello\r\n0\r\n\n"s,
                           "29\r\n" + smuggled + "\r\n0\r\n\r\n"s,
                           "5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n"s,
                           "5\r\nhello\r\n\r\n"s,
                           "5\0\r\nhello\r\n0\r\n\r\n"s})
    messages.push_back({"chunks", post_text("Transfer-Encoding: chunked\r\n", body + smuggled)});
  check_agreement(messages);
}
