#include "agreement.hpp"

#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_stream.hpp"
#include "text.hpp"
#include "wait.hpp"

namespace tally::test {

namespace {

// The visits that nginx logged as passed on.
std::size_t logged_visits(const nginx_server& nginx)
{
  const auto log = nginx.access_log();
  return occurrences(log, R"("method":"GET","path":"/count","status":200,)") +
         occurrences(log, R"("method":"POST","path":"/count","status":200,)");
}

// Returns all responses to the message and to the requests after it. Several requests follow, so
// that the message ends even if a parser takes some of them for its body.
std::string responses_to(const nginx_server& nginx, const message& sent)
{
  constexpr int following_requests = 8;
  std::string bytes = sent.bytes;
  for (int i = 0; i < following_requests; ++i)
    bytes += request_text("GET", "/total");
  bytes += request_text("GET", "/total", "Connection: close\r\n");
  tcp_stream client{nginx.port()};
  client.send(bytes);
  return client.read_all();
}

} // namespace

void check_agreement(const std::vector<message>& messages)
{
  redis_server redis;
  tally_process tally{redis};
  nginx_server nginx{tally.port()};
  for (const auto& each : messages) {
    INFO(each.name << ": " << each.bytes);
    const auto total_before = static_cast<std::size_t>(redis.visits());
    const auto logged_before = logged_visits(nginx);
    const auto responses = responses_to(nginx, each);
    INFO(responses);
    // HTTP/0.9 has no status line.
    const auto successes =
        occurrences(responses, "HTTP/1.1 200 ") + !responses.starts_with("HTTP/");
    // A valid visit, which nginx sends on the same connection to tally.
    const auto next = http_client{nginx.port()}.get("/count");
    REQUIRE(next.status == 200);
    const auto total = static_cast<std::size_t>(redis.visits());
    CHECK(static_cast<std::size_t>(next.number()) == total);
    // nginx writes its log after it has responded.
    std::size_t logged = 0;
    CHECK(eventually(
        [&] { return (logged = logged_visits(nginx) - logged_before) == total - total_before; }));
    CHECK(logged >= 1);
    CHECK(logged - 1 <= successes);
  }
  CHECK(static_cast<std::size_t>(redis.visits()) == logged_visits(nginx));
}

} // namespace tally::test
