// How large each part of a request may be, by default; beyond that it is refused while it comes.
#include "catch.hpp"
#include "conformance.hpp"

using namespace tally::test;

namespace {

constexpr std::size_t target_limit = 8192;
constexpr std::size_t head_limit = 20480;
constexpr std::size_t body_limit = 65536;
constexpr std::size_t endless = 300'000; // to a server that has to hold it

std::string repeated(const std::string& text, std::size_t size)
{
  std::string all;
  while (all.size() < size)
    all += text;
  return all;
}

std::string to_target(std::size_t size)
{
  const std::string path = "/count?";
  return request_text("GET", path + std::string(size - path.size(), 'a'));
}

std::string with_fields(const std::string& fields)
{
  return request_text("GET", "/count", fields);
}

exchange too_much(std::string name, std::string bytes, std::vector<int> statuses)
{
  exchange each = refused(std::move(name), std::move(bytes), std::move(statuses));
  each.end = ending::closes_at_once;
  return each;
}

} // namespace

TEST_CASE("a target has a limit", "[integration][conformance]")
{
  conformance server;
  server.check({
      served("at the limit", to_target(target_limit)),
      refused("beyond the limit", to_target(target_limit + 1), {414}),
      refused("far beyond the limit", to_target(endless), {414}),
      too_much("without an end", "GET /" + std::string(endless, 'a'), {414}),
      // RFC 9112, 3: 501 for a method longer than any that is known.
      too_much("a method without an end", std::string(endless, 'A'), {400, 414, 431, 501}),
      too_much("a version without an end", "GET / HTTP/1.1" + std::string(endless, '1'),
               {400, 414, 431, 505}),
      too_much("empty lines without an end", repeated("\r\n", endless), {400, 414, 431}),
  });
}

TEST_CASE("a head has a limit", "[integration][conformance]")
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
      refused("a field that a length comes behind",
              with_fields(field(endless) + "Content-Length: 5\r\n") + "hello", {431}),
      too_much("a name without an end", "GET / HTTP/1.1\r\n" + std::string(endless, 'a'), {431}),
      too_much("a value without an end", "GET / HTTP/1.1\r\na: " + std::string(endless, 'a'),
               {431}),
      too_much("white space without an end", "GET / HTTP/1.1\r\na:" + std::string(endless, ' '),
               {431}),
      too_much("fields without an end",
               "GET / HTTP/1.1\r\nHost: a\r\n" + repeated("a: b\r\n", endless), {431}),
  });
}

TEST_CASE("a body has a limit", "[integration][conformance]")
{
  const auto sized = [](std::size_t size) {
    return post("Content-Length: " + std::to_string(size) + "\r\n", std::string(size, 'a'));
  };
  const std::string whole(body_limit, 'a');
  const std::string half(body_limit / 2, 'a');
  conformance server;
  server.check({
      served("at the limit", sized(body_limit)),
      served("a chunk at the limit", post_chunked("10000\r\n" + whole + "\r\n0\r\n\r\n")),
      served("chunks at the limit",
             post_chunked("8000\r\n" + half + "\r\n8000\r\n" + half + "\r\n0\r\n\r\n")),
      refused("beyond the limit", sized(body_limit + 1), {413}),
      refused("far beyond the limit", sized(endless), {413}),
      refused("a chunk beyond the limit", post_chunked("10001\r\n" + whole + "a\r\n0\r\n\r\n"),
              {413}),
      refused("chunks beyond the limit",
              post_chunked("8000\r\n" + half + "\r\n8000\r\n" + half + "\r\n1\r\na\r\n0\r\n\r\n"),
              {413}),
      too_much("a length beyond the limit", post("Content-Length: 65537\r\n", ""), {413}),
      too_much("the size of a chunk beyond the limit", post_chunked("10001\r\n"), {413}),
      too_much("chunks without an end", post_chunked(repeated("5\r\nhello\r\n", 2 * endless)),
               {413}),
  });
}

TEST_CASE("what surrounds the chunks has a limit", "[integration][conformance]")
{
  const std::vector<int> any{400, 413, 431};
  conformance server;
  server.check({
      too_much("an extension without an end", post_chunked("5;" + std::string(endless, 'a')), any),
      too_much("a quoted extension without an end",
               post_chunked("5;a=\"" + std::string(endless, 'a')), any),
      too_much("extensions without an end", post_chunked("5" + repeated(";a=b", endless)), any),
      too_much("zeros without an end", post_chunked(std::string(endless, '0')), any),
      too_much("trailers without an end", post_chunked("0\r\n" + repeated("a: b\r\n", endless)),
               any),
      too_much("a trailer without an end", post_chunked("0\r\na: " + std::string(endless, 'a')),
               any),
      too_much("a trailer's name without an end", post_chunked("0\r\n" + std::string(endless, 'a')),
               any),
  });
}
