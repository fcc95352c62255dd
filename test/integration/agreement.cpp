#include "agreement.hpp"

#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_stream.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <string_view>

namespace tally::test {

namespace {

// The visits that nginx saw and passed on: its own view of where requests begin and end.
std::size_t visits_of(const nginx_server& nginx)
{
  const auto log = nginx.access_log();
  return occurrences(log, R"("method":"GET","path":"/count","status":200,)") +
         occurrences(log, R"("method":"POST","path":"/count","status":200,)");
}

// Everything that comes back for the message and for what follows it. Enough follows that every
// reading of the message comes to its end, however much of it that takes for a body.
std::string answers_to(const nginx_server& nginx, const message& sent)
{
  constexpr int enough = 8;
  std::string bytes = sent.bytes;
  for (int i = 0; i < enough; ++i)
    bytes += request_text("GET", "/total");
  bytes += request_text("GET", "/total", "Connection: close\r\n");
  tcp_stream client{nginx.port()};
  client.send(bytes);
  std::string all;
  for (std::string some; !(some = client.read_some()).empty();)
    all += some;
  return all;
}

} // namespace

void check_agreement(const std::vector<message>& messages)
{
  redis_server redis;
  tally_process tally{redis};
  nginx_server nginx{tally.port()};
  for (const auto& each : messages) {
    INFO(each.name << ": " << each.bytes);
    const auto before = static_cast<std::size_t>(redis.visits());
    const auto seen_before = visits_of(nginx);
    const auto answers = answers_to(nginx, each);
    INFO(answers);
    // HTTP/0.9 has no status line.
    const auto told = occurrences(answers, "HTTP/1.1 200 ") + !answers.starts_with("HTTP/");
    // A visitor of good faith, on the connection to tally that is kept.
    const auto next = http_client{nginx.port()}.get("/count");
    REQUIRE(next.status == 200);
    const auto after = static_cast<std::size_t>(redis.visits());
    CHECK(static_cast<std::size_t>(next.number()) == after);
    // nginx writes its log when it has answered.
    std::size_t seen = 0;
    CHECK(eventually([&] { return (seen = visits_of(nginx) - seen_before) == after - before; }));
    CHECK(seen >= 1);
    CHECK(seen - 1 <= told);
  }
  CHECK(static_cast<std::size_t>(redis.visits()) == visits_of(nginx));
}

} // namespace tally::test
