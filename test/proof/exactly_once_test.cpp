#include "crowd.hpp"
#include "proof.hpp"

#include <chrono>
#include <cstddef>
#include <string>

using namespace tally::test;
using kind = fault::kind;

namespace {

constexpr std::chrono::milliseconds short_delay{20};

} // namespace

TEST_CASE("every visit is counted once while connections are cut before the reply", "[proof]")
{
  const int workers = GENERATE(1, 4);
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(workers << " workers, " << counters.size() << " counters");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, worker_settings(workers))};
  wait_until_ready(tally, static_cast<std::size_t>(workers));
  proxy.inject_every(4, {kind::cut_after});
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 60, counters}.wait();
  check_all_counted(outcomes, redis, 16 * 60);
  CHECK(proxy.faults() > 10);
  CHECK(proxy.duplicates() >= proxy.faults()); // a cut also affects the batches in flight behind it
  CHECK(tally.stop() == 0);
}

TEST_CASE("every visit is counted once while batches and replies are lost, delayed or corrupted",
          "[proof]")
{
  const auto injected = GENERATE(values<fault>({{kind::cut_before},
                                                {kind::truncate},
                                                {kind::delay, "", short_delay},
                                                {kind::append, "$1\r\n7\r\n"},
                                                {kind::replace, ":7\r\n"}}));
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO("fault " << static_cast<int>(injected.type) << ' ' << injected.bytes << ", "
                << counters.size() << " counters");
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, worker_settings(2))};
  wait_until_ready(tally, 2);
  proxy.inject_every(4, injected);
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 30, counters}.wait();
  check_all_counted(outcomes, redis, 16 * 30);
  CHECK(proxy.faults() > 5);
}

TEST_CASE("a reply that is not valid for a batch is discarded with its connection", "[proof]")
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
      "$1\r\n7",          // incomplete
      "$1000000000\r\n7", // incomplete
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
  tally_process tally{
      pointing_at(proxy, long_timeouts({{"TALLY_REDIS_REPLY_TIMEOUT_MS", "1000"}}))};
  wait_until_ready(tally);
  CHECK(tally.get("/count").number() == 1);
  proxy.inject({kind::replace, bytes});
  CHECK(tally.get("/count").number() == 2);
  CHECK(tally.get("/count").number() == 3);
  CHECK(redis.visits() == 3);
  CHECK(proxy.connections() == 2);
  CHECK(proxy.duplicates() == 1);
}

TEST_CASE("a batch whose reply never arrives is resolved on another connection", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts({{"TALLY_REDIS_REPLY_TIMEOUT_MS", "500"}}))};
  wait_until_ready(tally);
  for (int number = 1; number <= 3; ++number) {
    proxy.inject({kind::silence});
    CHECK(tally.get("/count").number() == number);
  }
  CHECK(redis.visits() == 3);
  CHECK(proxy.duplicates() == 3);
}

TEST_CASE("the metrics count batches that are sent again, and those that Redis had counted",
          "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  const auto have = [&](int resends, int resolved) {
    const auto metrics = tally.get("/metrics").body;
    INFO(metrics);
    CHECK(contains(metrics, "\ntally_batch_resends_total " + std::to_string(resends) + '\n'));
    CHECK(contains(metrics,
                   "\ntally_batches_resolved_by_record_total " + std::to_string(resolved) + '\n'));
  };
  proxy.inject({kind::cut_before});
  CHECK(tally.get("/count").number() == 1);
  have(1, 0);
  proxy.inject({kind::cut_after});
  CHECK(tally.get("/count").number() == 2);
  have(2, 1);
  CHECK(tally.get("/count").number() == 3);
  have(2, 1);
}

TEST_CASE("an unexpected reply is discarded with its connection", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);
  for (int number = 1; number <= 10; ++number) {
    proxy.inject({kind::append, "$1\r\n1\r\n", number % 2 ? short_delay : short_delay * 0});
    CHECK(tally.get("/count").number() == number);
    CHECK(eventually([&] { return proxy.connections() == number + 1; }));
    wait_until_ready(tally);
  }
  CHECK(redis.visits() == 10);
}
