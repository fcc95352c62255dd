#include "sentinel_failover.hpp"

#include <chrono>
#include <thread>

namespace tally::test {

using std::chrono::milliseconds;

namespace {

// The fault itself lasts this long: it waits for no condition.
void wait(milliseconds duration)
{
  std::this_thread::sleep_for(duration);
}

} // namespace

std::vector<failover_proof::fault> sentinel_failover::faults()
{
  const auto cut = [this](int ms) {
    return [this, ms] { kill_master_after_cut(milliseconds{ms}); };
  };
  return {{"master killed", cut(0)},
          {"replicas cut off for 20 ms, master killed", cut(20)},
          {"replicas cut off for 300 ms, master killed", cut(300)},
          {"replicas cut off for 4 s, master killed", cut(4000)},
          {"SENTINEL FAILOVER", [this] { switch_master(); }},
          {"master isolated with one Tally", [this] { isolate_master(); }}};
}

environment sentinel_failover::settings_of(const std::string& user)
{
  std::string sentinels;
  for (const auto& each : group_.sentinels())
    sentinels +=
        (sentinels.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(each.proxy.port());
  return {{"REDIS_SENTINELS", sentinels},    {"REDIS_SENTINEL_SERVICE", redis_group::service},
          {"REDIS_SENTINEL_USERNAME", user}, {"REDIS_SENTINEL_PASSWORD", redis_group::password},
          {"REDIS_USERNAME", user},          {"REDIS_PASSWORD", redis_group::password}};
}

void sentinel_failover::switch_master()
{
  auto& master = group_.wait_for_master();
  group_.begin_failover();
  group_.wait_for_other_master(master);
}

void sentinel_failover::kill_master_after_cut(milliseconds duration)
{
  auto& master = group_.wait_for_master();
  if (duration.count() != 0)
    master.proxy.stall(redis_group::replica_words);
  wait(duration);
  master.server.kill();
  master.proxy.heal();
  group_.restart(master, group_.wait_for_other_master(master));
}

void sentinel_failover::isolate_master()
{
  auto& master = group_.wait_for_master();
  auto words = redis_group::replica_words;
  words.insert(words.end(), redis_group::sentinel_words.begin(), redis_group::sentinel_words.end());
  words.push_back(users[1]);
  master.proxy.stall(words);
  for (auto& each : group_.nodes())
    if (&each != &master)
      each.proxy.stall({users[0]});
  for (auto& each : group_.sentinels())
    each.proxy.stall({users[0]});
  group_.wait_for_other_master(master);
  wait(std::chrono::seconds{2}); // both sides count, if they can
  for (auto& each : group_.nodes())
    each.proxy.heal();
  for (auto& each : group_.sentinels())
    each.proxy.heal();
}

} // namespace tally::test
