#pragma once

#include "catch.hpp"
#include "crowd.hpp"
#include "history.hpp"
#include "http_client.hpp"
#include "proof.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tally::test {

/// A Redis, a Tally with `workers` workers, and 32 visitors that visit these counters until they
/// are stopped.
struct tally_under_load {
  explicit tally_under_load(int workers, std::vector<std::string> counters = {"visits"})
      : tally{redis, worker_settings(workers)}, visitors{{tally.port()},
                                                         outcomes,
                                                         32,
                                                         crowd::endless,
                                                         std::move(counters)}
  {
  }

  redis_server redis;
  tally_process tally;
  history outcomes;
  crowd visitors;
};

/// As check_promises, for a Redis that lost visits.
inline void check_promises_after_rollback(const history& outcomes, const redis_server& redis)
{
  INFO(outcomes.summary());
  CHECK(find_violations_after_rollback(outcomes.all(), totals_in(redis)) ==
        std::vector<std::string>{});
}

/// Opens enough keep-alive connections for every worker to get some.
inline std::vector<http_client> connect_clients(const tally_process& tally)
{
  std::vector<http_client> clients;
  for (int i = 0; i < 16; ++i)
    clients.push_back(tally.connect());
  return clients;
}

/// Makes one visit on each connection in turn, and checks that each number is larger than `last`
/// and than the one before. Returns the last number.
inline long long check_rising(std::vector<http_client>& clients, long long last)
{
  for (auto& each : clients) {
    const auto response = each.get("/count");
    REQUIRE(response.status == 200);
    CHECK(response.number() > last);
    last = response.number();
  }
  return last;
}

/// As check_rising, but the numbers must be consecutive.
inline long long check_consecutive(std::vector<http_client>& clients, long long last)
{
  for (auto& each : clients)
    CHECK(each.get("/count").number() == ++last);
  return last;
}

/// Checks that `times` rollbacks were logged, the last one with these numbers.
inline void check_rolled_back(const tally_process& tally, std::size_t times, long long shown,
                              long long found)
{
  const auto events = tally.events("redis_rolled_back");
  REQUIRE(events.size() == times);
  CHECK(events.back().at("counter").as_string() == "visits");
  CHECK(events.back().at("shown").as_int64() == shown);
  CHECK(events.back().at("found").as_int64() == found);
}

} // namespace tally::test
