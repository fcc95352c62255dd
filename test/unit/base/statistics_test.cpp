#include "catch.hpp"

#include <tally/base/statistics.hpp>

#include <array>
#include <cstdint>
#include <vector>

using tally::distribution;

namespace {

constexpr std::array<std::uint64_t, 3> bounds{10, 20, 30};

distribution observed(const std::vector<std::uint64_t>& values)
{
  tally::histogram<bounds> histogram;
  for (const auto value : values)
    histogram.observe(value);
  return histogram.read();
}

using counts = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("an observation counts at the first bound that it does not exceed")
{
  const auto distribution = observed({0, 10, 11, 20, 30, 31, 1'000'000});
  CHECK(distribution.counts == counts{2, 2, 1, 2});
  CHECK(distribution.count() == 7);
  CHECK(distribution.sum == 1'000'102);
}

TEST_CASE("distributions are added and subtracted bound by bound")
{
  auto total = observed({1, 15});
  total += observed({15, 40});
  CHECK(total.counts == counts{1, 2, 0, 1});
  CHECK(total.sum == 71);
  total -= observed({1, 15});
  CHECK(total.counts == counts{0, 1, 0, 1});
  CHECK(total.sum == 55);
}

TEST_CASE("a quantile is the lowest bound that covers this share of the observations")
{
  CHECK(observed({}).quantile(0.99) == 0);
  CHECK(observed({5}).quantile(0.99) == 10);
  CHECK(observed({5, 25}).quantile(0.5) == 10);
  CHECK(observed({5, 25}).quantile(0.51) == 30);
  CHECK(observed({5, 99}).quantile(1) == 30); // the highest bound
}
