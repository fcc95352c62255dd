#include <tally/base/statistics.hpp>

#include <cmath>
#include <functional>
#include <numeric>

namespace tally {

std::uint64_t distribution::count() const
{
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

distribution& distribution::operator+=(const distribution& other)
{
  std::ranges::transform(counts, other.counts, counts.begin(), std::plus{});
  sum += other.sum;
  return *this;
}

distribution& distribution::operator-=(const distribution& other)
{
  std::ranges::transform(counts, other.counts, counts.begin(), std::minus{});
  sum -= other.sum;
  return *this;
}

std::uint64_t distribution::quantile(double share) const
{
  const auto needed = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count())));
  std::uint64_t seen = 0;
  if (needed == 0)
    return 0;
  for (std::size_t i = 0; i != bounds.size(); ++i)
    if ((seen += counts[i]) >= needed)
      return bounds[i];
  return bounds.back();
}

} // namespace tally
