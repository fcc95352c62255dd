#include "failover.hpp"

#include "checker.hpp"
#include "counters.hpp"
#include "wait.hpp"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace tally::test {

using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds recovery_timeout{60};

// The longest time without a response 200, from this time on.
milliseconds longest_pause(const std::vector<outcome>& outcomes, outcome::clock::time_point from)
{
  std::vector<outcome::clock::time_point> shown{from};
  for (const auto& each : outcomes)
    if (each.status == 200 && each.ended > from)
      shown.push_back(each.ended);
  std::ranges::sort(shown);
  outcome::clock::duration longest{};
  for (std::size_t i = 1; i < shown.size(); ++i)
    longest = std::max(longest, shown[i] - shown[i - 1]);
  return std::chrono::ceil<milliseconds>(longest);
}

} // namespace

const std::vector<std::string> failover_proof::users{"tally-a", "tally-b"};

void failover_proof::start(int replicas)
{
  std::vector<std::uint16_t> ports;
  for (const auto& user : users) {
    auto variables = settings_of(user);
    variables.merge(environment{{"TALLY_THREADS", "2"},
                                {"TALLY_REDIS_REPLICAS", std::to_string(replicas)},
                                {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", "500"},
                                {"TALLY_REDIS_BACKOFF_MAX_MS", "200"}});
    ports.push_back(tallys_.emplace_back(variables).port());
  }
  visitors_.emplace_back(ports, outcomes_, 16);
  visitors_.emplace_back(ports, outcomes_, 8, crowd::endless, numbered_counters(20));
  std::cout << "TALLY_REDIS_REPLICAS=" << replicas << '\n'
            << std::left << std::setw(44) << "fault" << std::right;
  for (const auto* column : {"200", "503", "504", "lost", "repeated", "pause, ms"})
    std::cout << std::setw(10) << column;
  std::cout << std::endl;
}

void failover_proof::run(const fault& next)
{
  wait_until_complete();
  wait_until_counting();
  std::map<int, int> before;
  for (const int status : {200, 503, 504, outcome::lost})
    before[status] = outcomes_.count(status);
  const auto repeated = repeated_numbers();
  const auto fault_time = outcome::clock::now();
  next.cause();
  wait_until_complete();
  wait_until_counting();
  std::cout << std::left << std::setw(44) << next.name << std::right;
  for (const int status : {200, 503, 504, outcome::lost})
    std::cout << std::setw(10) << outcomes_.count(status) - before[status];
  std::cout << std::setw(10) << repeated_numbers() - repeated << std::setw(10)
            << longest_pause(outcomes_.all(), fault_time).count() << std::endl;
}

void failover_proof::wait_until_counting()
{
  for (const auto& each : tallys_) {
    const bool ready =
        eventually([&] { return each.get("/readyz").status == 200; }, recovery_timeout);
    if (!ready)
      throw std::runtime_error{"a Tally does not become ready:\n" + each.everything_written()};
  }
  const int before = outcomes_.count(200);
  if (!eventually([&] { return outcomes_.count(200) > before + 200; }, recovery_timeout))
    throw std::runtime_error{"the visitors get no numbers: " + outcomes_.summary()};
}

std::size_t failover_proof::repeated_numbers() const
{
  std::set<std::pair<std::string, long long>> shown;
  std::size_t repeated = 0;
  for (const auto& each : outcomes_.all())
    if (each.status == 200)
      repeated += !shown.emplace(each.counter, each.number).second;
  return repeated;
}

std::vector<std::string> failover_proof::finish()
{
  for (auto& each : visitors_)
    each.request_stop();
  for (auto& each : visitors_)
    each.wait();
  wait_until_complete();
  auto violations = find_violations(outcomes_.all(), totals_in(current()));
  std::cout << violations.size() << " violations\n" << std::endl;
  return violations;
}

} // namespace tally::test
