#pragma once

#include "catch.hpp"
#include "http_client.hpp"
#include "proof.hpp"
#include "tally_process.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tally::test {

inline environment with_workers(int workers)
{
  return patient({{"TALLY_THREADS", std::to_string(workers)}});
}

/// Enough keep-alive connections for each worker to have some.
inline std::vector<http_client> many_clients(const tally_process& tally)
{
  std::vector<http_client> clients;
  for (int i = 0; i < 16; ++i)
    clients.push_back(tally.connect());
  return clients;
}

/// One visit on each connection, one after another, each with a number above the one before;
/// returns the last one.
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

/// The same without a gap.
inline long long check_counting(std::vector<http_client>& clients, long long last)
{
  for (auto& each : clients)
    CHECK(each.get("/count").number() == ++last);
  return last;
}

/// So many rollbacks were logged, the last one with these numbers.
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
