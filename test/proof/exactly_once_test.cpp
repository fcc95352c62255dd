#include "crowd.hpp"
#include "proof.hpp"
#include "text.hpp"

#include <chrono>
#include <string>

using namespace tally::test;
using kind = fault::kind;

namespace {

constexpr std::chrono::milliseconds shortly{20};

} // namespace

TEST_CASE("every visit is counted once while replies are cut after the command", "[proof]")
{
  const int workers = GENERATE(1, 4);
  INFO(workers << " workers");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_THREADS", std::to_string(workers)}}))};
  wait_until_ready(tally, static_cast<std::size_t>(workers));
  proxy.every(4, {kind::cut_after});
  history answers;
  crowd{{tally.port()}, answers, 16, 60}.wait();
  check_all_counted(answers, redis, 16 * 60);
  CHECK(proxy.faults() > 10);
  CHECK(proxy.known() >= proxy.faults()); // and those in flight behind them
  CHECK(tally.stop() == 0);
}

TEST_CASE("every visit is counted once whatever befalls the batches", "[proof]")
{
  const auto befalls = GENERATE(values<fault>({{kind::cut_before},
                                               {kind::truncate},
                                               {kind::delay, "", shortly},
                                               {kind::append, "$1\r\n7\r\n"},
                                               {kind::replace, ":7\r\n"}}));
  INFO("fault " << static_cast<int>(befalls.what) << ' ' << befalls.bytes);
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_THREADS", "2"}}))};
  wait_until_ready(tally, 2);
  proxy.every(4, befalls);
  history answers;
  crowd{{tally.port()}, answers, 16, 30}.wait();
  check_all_counted(answers, redis, 16 * 30);
  CHECK(proxy.faults() > 5);
}

TEST_CASE("a reply that is no answer to a batch is thrown away with its connection", "[proof]")
{
  const std::string line_end = "\r\n";
  std::string nested;
  for (int i = 0; i < 1000; ++i)
    nested += "*1\r\n";
  const auto bytes = GENERATE_COPY(values<std::string>({
      "+OK\r\n",
      "$2\r\nOK\r\n",
      ":7\r\n",
      "$-1\r\n",
      "*-1\r\n",
      "*0\r\n",
      "*2\r\n$1\r\n7\r\n$1\r\n8\r\n",
      "*1000000000\r\n",
      "$1\r\n7",          // and no more
      "$1000000000\r\n7", // and no more
      "$1000000000\r\n" + std::string(200'000, '7'),
      "+" + std::string(200'000, '7'),
      "$99999999999999999999999\r\n",
      "$20\r\n99999999999999999999\r\n",
      "$3\r\n1x7\r\n",
      "$1\r\n=\r\n",
      "$0\r\n\r\n",
      std::string("\0\xff\x80\r\n", 5),
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      nested,
  }));
  INFO(bytes.substr(0, 40));
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_REDIS_REPLY_TIMEOUT_MS", "1000"}}))};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  proxy.next({kind::replace, bytes});
  CHECK(tally.get("/count").number() == 2);
  CHECK(tally.get("/count").number() == 3);
  CHECK(redis.visits() == 3);
  CHECK(proxy.connections() == 2);
  CHECK(proxy.known() == 1);
}

TEST_CASE("a batch whose reply never comes is resolved on another connection", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_REDIS_REPLY_TIMEOUT_MS", "500"}}))};
  wait_until_ready(tally);
  for (int number = 1; number <= 3; ++number) {
    proxy.next({kind::silence});
    CHECK(tally.get("/count").number() == number);
  }
  CHECK(redis.visits() == 3);
  CHECK(proxy.known() == 3);
}

TEST_CASE("a reply that nobody asked for is taken for no answer", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  for (int number = 1; number <= 10; ++number) {
    proxy.next({kind::append, "$1\r\n1\r\n", number % 2 ? shortly : shortly * 0});
    CHECK(tally.get("/count").number() == number);
    CHECK(eventually([&] { return proxy.connections() == number + 1; }));
    wait_until_ready(tally);
  }
  CHECK(redis.visits() == 10);
}

TEST_CASE("a batch that arrives late, after it was sent again, counts nothing", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);

  // Behind the probe of a new connection: its reply must not come to a connection that is held.
  CHECK(tally.get("/total").number() == 0);
  proxy.next({kind::hold});
  CHECK(tally.get("/count").number() == 1);
  SECTION("before the next batch")
  {
    const auto replies = proxy.release();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0] == "$6\r\n=1 0 1\r\n");
  }
  SECTION("after the next batch of its writer")
  {
    for (int number = 2; number <= 5; ++number) // the four writers take turns
      CHECK(tally.get("/count").number() == number);
    const auto replies = proxy.release();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].starts_with("-STALE"));
  }
  const auto before = redis.visits();
  CHECK(tally.get("/count").number() == before + 1);
  CHECK(redis.visits() == before + 1);
}

TEST_CASE("a batch that was given up and arrives late is counted once or not at all", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_VISIT_TIMEOUT_MS", "1000"}}))};
  wait_until_ready(tally);
  proxy.every(1, {kind::hold});
  CHECK(tally.get("/count").status == 504);
  REQUIRE(proxy.held() > 1);
  // A last copy may be on its way to the proxy. What is asked behind it comes back after it was
  // held.
  REQUIRE(eventually([&] { return tally.get("/total").status == 200; }));
  proxy.every(0);
  tally.wait_for_readyz(200);

  SECTION("before the next batch")
  {
    const auto replies = proxy.release();
    REQUIRE(replies.size() > 1);
    CHECK(replies.front() == "$5\r\n1 0 1\r\n");
    CHECK(replies.back() == "$6\r\n=1 0 1\r\n");
    CHECK(tally.get("/count").number() == 2);
    CHECK(redis.visits() == 2);
  }
  SECTION("after the next batch of its writer")
  {
    for (int number = 1; number <= 4; ++number) // the four writers take turns
      CHECK(tally.get("/count").number() == number);
    for (const auto& reply : proxy.release())
      CHECK(reply.starts_with("-STALE"));
    CHECK(redis.visits() == 4);
  }
}

TEST_CASE("late batches under load count nothing twice", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient({{"TALLY_THREADS", "2"}}))};
  wait_until_ready(tally, 2);
  proxy.every(5, {kind::hold});
  history answers;
  crowd visitors{{tally.port()}, answers, 16};
  std::size_t released = 0;
  CHECK(eventually([&] { return (released += proxy.release().size()) >= 20; }));
  visitors.end();
  proxy.every(0);
  released += proxy.release().size();
  check_all_counted(answers, redis, answers.size());
}
