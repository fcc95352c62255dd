// The default size limits of a request. A larger request is refused before it is complete.
#include "catch.hpp"
#include "conformance.hpp"
#include "http_client.hpp"

using namespace tally::test;

namespace {

constexpr std::size_t target_limit = 8192;
constexpr std::size_t head_limit = 20480;
constexpr std::size_t body_limit = 65536;
constexpr std::size_t endless = 300'000; // much more than the server buffers

std::string repeated(const std::string& text, std::size_t size)
{
  std::string all;
  while (all.size() < size)
    all += text;
  return all;
}

std::string with_target(std::size_t size)
{
  const std::string path = "/count?";
  return request_text("GET", path + std::string(size - path.size(), 'a'));
}

std::string with_fields(const std::string& fields)
{
  return request_text("GET", "/count", fields);
}

} // namespace

TEST_CASE("the size of a target is limited", "[integration][conformance]")
{
  conformance server;
  server.check({
      served("at the limit", with_target(target_limit)),
      refused("beyond the limit", with_target(target_limit + 1), {414}),
      refused("far beyond the limit", with_target(endless), {414}),
      refused_immediately("without an end", "GET /" + std::string(endless, 'a'), {414}),
      // RFC 9112, 3: 501 for a method that is longer than any known one.
      refused_immediately("a method without an end", std::string(endless, 'A'),
                          {400, 414, 431, 501}),
      refused_immediately("a version without an end", "GET / HTTP/1.1" + std::string(endless, '1'),
                          {400, 414, 431, 505}),
      refused_immediately("empty lines without an end", repeated("\r\n", endless), {400, 414, 431}),
  });
}

TEST_CASE("the size of a head is limited", "[integration][conformance]")
{
  const auto field = [](std::size_t size) { return "X-A: " + std::string(size, 'a') + "\r\n"; };
  conformance server;
  server.check({
      served("a field below the limit", with_fields(field(head_limit - 1024))),
      served("a hundred fields", with_fields(repeated("X-A: b\r\n", 800))),
      served("a hundred long fields", with_fields(repeated(field(130), 17'000))),
      refused("a field beyond the limit", with_fields(field(head_limit)), {431}),
      refused("a name beyond the limit", with_fields(std::string(head_limit, 'a') + ": b\r\n"),
              {431}),
      refused("small fields beyond the limit", with_fields(repeated("a: b\r\n", head_limit)),
              {431}),
      refused("target and fields together",
              request_text("GET", "/count?" + std::string(8000, 'a'), field(13'000)), {431}),
      refused("a field before a length",
              with_fields(field(endless) + "Content-Length: 5\r\n") + "hello", {431}),
      refused_immediately("a name without an end", "GET / HTTP/1.1\r\n" + std::string(endless, 'a'),
                          {431}),
      refused_immediately("a value without an end",
                          "GET / HTTP/1.1\r\na: " + std::string(endless, 'a'), {431}),
      refused_immediately("white space without an end",
                          "GET / HTTP/1.1\r\na:" + std::string(endless, ' '), {431}),
      refused_immediately("fields without an end",
                          "GET / HTTP/1.1\r\nHost: a\r\n" + repeated("a: b\r\n", endless), {431}),
  });
}

TEST_CASE("the size of a body is limited", "[integration][conformance]")
{
  const auto with_body = [](std::size_t size) {
    return post_text(content_length(size), std::string(size, 'a'));
  };
  const std::string whole(body_limit, 'a');
  const std::string half(body_limit / 2, 'a');
  conformance server;
  server.check({
      served("at the limit", with_body(body_limit)),
      served("a chunk at the limit", chunked_post_text("10000\r\n" + whole + "\r\n0\r\n\r\n")),
      served("chunks at the limit",
             chunked_post_text("8000\r\n" + half + "\r\n8000\r\n" + half + "\r\n0\r\n\r\n")),
      refused("beyond the limit", with_body(body_limit + 1), {413}),
      refused("far beyond the limit", with_body(endless), {413}),
      refused("a chunk beyond the limit", chunked_post_text("10001\r\n" + whole + "a\r\n0\r\n\r\n"),
              {413}),
      refused(
          "chunks beyond the limit",
          chunked_post_text("8000\r\n" + half + "\r\n8000\r\n" + half + "\r\n1\r\na\r\n0\r\n\r\n"),
          {413}),
      refused_immediately("a length beyond the limit", post_text("Content-Length: 65537\r\n", ""),
                          {413}),
      refused_immediately("the size of a chunk beyond the limit", chunked_post_text("10001\r\n"),
                          {413}),
      refused_immediately("chunks without an end",
                          chunked_post_text(repeated("5\r\nhello\r\n", 2 * endless)), {413}),
  });
}

TEST_CASE("the size of chunk extensions and trailers is limited", "[integration][conformance]")
{
  const std::vector<int> any{400, 413, 431};
  conformance server;
  server.check({
      refused_immediately("an extension without an end",
                          chunked_post_text("5;" + std::string(endless, 'a')), any),
      refused_immediately("a quoted extension without an end",
                          chunked_post_text("5;a=\"" + std::string(endless, 'a')), any),
      refused_immediately("extensions without an end",
                          chunked_post_text("5" + repeated(";a=b", endless)), any),
      refused_immediately("zeros without an end", chunked_post_text(std::string(endless, '0')),
                          any),
      refused_immediately("trailers without an end",
                          chunked_post_text("0\r\n" + repeated("a: b\r\n", endless)), any),
      refused_immediately("a trailer without an end",
                          chunked_post_text("0\r\na: " + std::string(endless, 'a')), any),
      refused_immediately("a trailer's name without an end",
                          chunked_post_text("0\r\n" + std::string(endless, 'a')), any),
  });
}
