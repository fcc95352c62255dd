#include "app/traffic_log.hpp"
#include "catch.hpp"
#include "unit/base/captured_log.hpp"

#include <chrono>

using tally::http_statistics;

TEST_CASE("the traffic since the last line is logged over all workers")
{
  const tally::config settings;
  captured_log output{tally::log_level::info};
  const tally::high_water_marks marks{output.log()};
  tally::metrics metrics{settings, output.log(), marks};
  http_statistics first;
  http_statistics second;
  const tally::batch_statistics batches;
  const tally::statistic waiting;
  const tally::redis_statistics redis;
  tally::traffic_log traffic{metrics, output.log()};
  metrics.add({first, batches, waiting, redis});
  metrics.add({second, batches, waiting, redis});

  traffic.write(); // no visits: no line
  first.visits[http_statistics::counted].add(2);
  second.visits[http_statistics::counted].add(3);
  second.visits[http_statistics::unknown].add(1);
  first.observe(1, true, std::chrono::milliseconds{2});
  traffic.write();
  traffic.write(); // no visits since
  first.visits[http_statistics::refused].add(4);
  first.visits[http_statistics::broken].add(5);
  first.observe(1, true, std::chrono::microseconds{200});
  traffic.write();

  const auto lines = output.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("event") == "counted");
  CHECK(lines[0].at("visits") == 5);
  CHECK(lines[0].at("refused") == 0);
  CHECK(lines[0].at("unknown") == 1);
  CHECK(lines[0].at("broken") == 0);
  CHECK(lines[0].at("p99_us") == 2500);
  CHECK(lines[1].at("visits") == 0);
  CHECK(lines[1].at("refused") == 4);
  CHECK(lines[1].at("unknown") == 0);
  CHECK(lines[1].at("broken") == 5);
  CHECK(lines[1].at("p99_us") == 250);
}
