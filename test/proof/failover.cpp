#include "failover.hpp"

#include "checker.hpp"
#include "counters.hpp"
#include "wait.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace tally::test {

using std::chrono::milliseconds;

namespace {

constexpr std::array<std::string_view, failover_fault_count> fault_names{
    "master killed",
    "replicas cut off for 20 ms, master killed",
    "replicas cut off for 300 ms, master killed",
    "replicas cut off for 4 s, master killed",
    "SENTINEL FAILOVER",
    "master isolated with one Tally"};

constexpr std::chrono::seconds recovery_timeout{60};

// The fault itself lasts this long: it waits for no condition.
void wait(milliseconds duration)
{
  std::this_thread::sleep_for(duration);
}

environment settings_of(const std::string& user, const link_proxy& entry, int replicas)
{
  return {{"REDIS_HOST", "127.0.0.1"},
          {"REDIS_PORT", std::to_string(entry.port())},
          {"REDIS_USERNAME", user},
          {"REDIS_PASSWORD", redis_group::password},
          {"TALLY_THREADS", "2"},
          {"TALLY_REDIS_REPLICAS", std::to_string(replicas)},
          {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", "500"},
          {"TALLY_REDIS_BACKOFF_MAX_MS", "200"}};
}

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

failover_proof::failover_proof(int replicas)
{
  follower_ = std::jthread{[this](const std::stop_token& stop) { follow_master(stop); }};
  for (std::size_t i = 0; i != entries_.size(); ++i)
    tallys_.emplace_back(settings_of(redis_group::users[i], entries_.at(i), replicas));
  const std::vector<std::uint16_t> ports{tallys_.front().port(), tallys_.back().port()};
  visitors_.emplace_back(ports, outcomes_, 16);
  visitors_.emplace_back(ports, outcomes_, 8, crowd::endless, numbered_counters(20));
  std::cout << "TALLY_REDIS_REPLICAS=" << replicas << '\n'
            << std::left << std::setw(44) << "fault" << std::right;
  for (const auto* column : {"200", "503", "504", "lost", "repeated", "pause, ms"})
    std::cout << std::setw(10) << column;
  std::cout << std::endl;
}

void failover_proof::follow_master(const std::stop_token& stop)
{
  while (!stop.stop_requested()) {
    if (auto* const master = group_.master()) {
      if (!isolated_)
        entries_.front().forward_to(master->proxy.port());
      entries_.back().forward_to(master->proxy.port());
    }
    wait(milliseconds{20});
  }
}

void failover_proof::run(failover_fault fault)
{
  group_.wait_until_complete();
  wait_until_counting();
  std::map<int, int> before;
  for (const int status : {200, 503, 504, outcome::lost})
    before[status] = outcomes_.count(status);
  const auto repeated = repeated_numbers();
  const auto fault_time = outcome::clock::now();
  cause(fault);
  group_.wait_until_complete();
  wait_until_counting();
  std::cout << std::left << std::setw(44) << fault_names.at(static_cast<std::size_t>(fault))
            << std::right;
  for (const int status : {200, 503, 504, outcome::lost})
    std::cout << std::setw(10) << outcomes_.count(status) - before[status];
  std::cout << std::setw(10) << repeated_numbers() - repeated << std::setw(10)
            << longest_pause(outcomes_.all(), fault_time).count() << std::endl;
}

void failover_proof::cause(failover_fault fault)
{
  switch (fault) {
  case failover_fault::kill:
    return kill_master_after_cut(milliseconds{0});
  case failover_fault::cut_20_ms:
    return kill_master_after_cut(milliseconds{20});
  case failover_fault::cut_300_ms:
    return kill_master_after_cut(milliseconds{300});
  case failover_fault::cut_4_s:
    return kill_master_after_cut(milliseconds{4000});
  case failover_fault::switch_over: {
    auto& master = group_.wait_for_master();
    group_.begin_failover();
    group_.wait_for_other_master(master);
    return;
  }
  case failover_fault::isolate:
    return isolate_master();
  }
}

void failover_proof::kill_master_after_cut(milliseconds duration)
{
  auto& master = group_.wait_for_master();
  if (duration.count() != 0)
    master.proxy.stall(redis_group::replica_words);
  wait(duration);
  master.server.kill();
  master.proxy.heal();
  group_.restart(master, group_.wait_for_other_master(master));
}

void failover_proof::isolate_master()
{
  auto& master = group_.wait_for_master();
  isolated_ = true;
  auto words = redis_group::replica_words;
  words.insert(words.end(), redis_group::sentinel_words.begin(), redis_group::sentinel_words.end());
  words.push_back(redis_group::users[1]);
  master.proxy.stall(words);
  for (auto& each : group_.nodes())
    if (&each != &master)
      each.proxy.stall({redis_group::users[0]});
  group_.wait_for_other_master(master);
  wait(std::chrono::seconds{2}); // both sides count, if they can
  for (auto& each : group_.nodes())
    each.proxy.heal();
  isolated_ = false;
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
  group_.wait_until_complete();
  auto violations = find_violations(outcomes_.all(), totals_in(group_.wait_for_master().server));
  std::cout << violations.size() << " violations\n" << std::endl;
  return violations;
}

} // namespace tally::test
