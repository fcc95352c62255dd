#include "administration.hpp"
#include "counting/count_script.hpp"
#include "crowd.hpp"
#include "proof.hpp"

#include <algorithm>
#include <future>
#include <list>
#include <string>
#include <string_view>
#include <vector>

using namespace tally::test;
using kind = fault::kind;

namespace {

/// A Redis and its replicas, each with all data of the master.
struct replicated_redis {
  explicit replicated_redis(int replica_count)
  {
    for (int i = 0; i < replica_count; ++i)
      replicas.emplace_back(
          redis_server::options{{}, {"--replicaof", "127.0.0.1", std::to_string(master.port())}});
    REQUIRE(eventually([&] {
      return master.connect().command({"WAIT", std::to_string(replica_count), "1000"}) ==
             std::to_string(replica_count);
    }));
  }

  redis_server master;
  std::list<redis_server> replicas;
};

environment with_replicas(int replica_count, environment variables = {})
{
  variables.merge(environment{{"TALLY_REDIS_REPLICAS", std::to_string(replica_count)},
                              {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", "100"}});
  return variables;
}

/// Two workers, and timeouts that only a hang exceeds.
environment patient(int replica_count)
{
  auto variables = worker_settings(2);
  variables["TALLY_REDIS_REPLICAS"] = std::to_string(replica_count);
  variables["TALLY_REDIS_REPLICAS_TIMEOUT_MS"] = "10000";
  return variables;
}

double metric(const tally_process& tally, const std::string& name)
{
  const auto text = tally.get("/metrics").body;
  const auto line = text.find('\n' + name + ' ');
  REQUIRE(line != text.npos);
  return std::stod(text.substr(line + name.size() + 2));
}

const std::string too_few = "1 of 2 replicas have confirmed a write within 100 ms";

} // namespace

TEST_CASE("every visit is counted once while its replicas confirm", "[proof]")
{
  const auto counters = GENERATE(from_range(one_or_many_counters));
  INFO(counters.size() << " counters");
  replicated_redis redis{2};
  tally_process tally{redis.master, patient(2)};
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 60, counters}.wait();
  check_all_counted(outcomes, redis.master, 16 * 60);
  for (const auto& replica : redis.replicas)
    check_all_counted(outcomes, replica, 16 * 60);
  CHECK(metric(tally, "tally_batches_unconfirmed_total") == 0);
}

TEST_CASE("a visit that too few replicas confirm gets 504, and later ones 503", "[proof]")
{
  replicated_redis redis{2};
  tally_process tally{redis.master, with_replicas(2, {{"TALLY_VISIT_TIMEOUT_MS", "1500"}})};
  CHECK(tally.get("/count").number() == 1);

  redis.replicas.front().freeze();
  CHECK(tally.get("/count").status == 504);
  CHECK(contains(tally.wait_for_readyz(503), too_few));
  const auto counted = redis.master.visits();
  CHECK(counted == 2);
  CHECK(tally.get("/count").status == 503);
  CHECK(redis.master.visits() == counted);
  CHECK(metric(tally, "tally_batches_unconfirmed_total") >= 1);

  redis.replicas.front().thaw();
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == counted + 1);
}

TEST_CASE("a visit gets its number when the missing replica returns in time", "[proof]")
{
  replicated_redis redis{2};
  tally_process tally{redis.master, with_replicas(2, {{"TALLY_VISIT_TIMEOUT_MS", "18000"}})};
  CHECK(tally.get("/count").number() == 1);
  redis.replicas.front().freeze();
  auto visit = std::async(std::launch::async, [&] { return tally.get("/count"); });
  CHECK(
      contains(std::string{tally.wait_for_event("redis_lost").at("reason").as_string()}, too_few));
  redis.replicas.front().thaw();
  CHECK(visit.get().number() == 2);
  CHECK(redis.master.visits() == 2);
  CHECK(metric(tally, "tally_batches_resolved_by_record_total") == 1);
}

TEST_CASE("without visits, /readyz reports that replicas are missing", "[proof]")
{
  replicated_redis redis{2};
  tally_process tally{redis.master, with_replicas(2, {{"TALLY_REDIS_PING_INTERVAL_MS", "50"}})};
  tally.wait_for_readyz(200);
  redis.replicas.front().kill();
  CHECK(contains(tally.wait_for_readyz(503), too_few));
  redis.replicas.front().start();
  tally.wait_for_readyz(200);
}

TEST_CASE("a visit waits for its replicas also when its batch is sent again", "[proof]")
{
  replicated_redis redis{1};
  fault_proxy proxy{redis.master.port()};
  tally_process tally{pointing_at(proxy, patient(1))};
  wait_until_ready(tally, 2);
  proxy.inject_every(4, {GENERATE(kind::cut_before, kind::cut_after, kind::truncate)});
  history outcomes;
  crowd{{tally.port()}, outcomes, 16, 60}.wait();
  REQUIRE(proxy.faults() > 0);
  check_all_counted(outcomes, redis.master, 16 * 60);
  check_all_counted(outcomes, redis.replicas.front(), 16 * 60);
}

// WAIT covers the last write of its own connection. A resent batch that was counted before writes
// nothing else.
TEST_CASE("the script writes the record again only if it is asked to", "[proof]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  auto admin = redis.connect();
  const auto records = writer_records(redis);
  REQUIRE_FALSE(records.empty());
  const auto record = *std::ranges::find_if(records, [&](const auto& key) {
    return admin.command({"GET", key}) == "1 0 1";
  });
  const auto changes = [&] {
    const auto info = *admin.command({"INFO", "persistence"});
    constexpr std::string_view field = "rdb_changes_since_last_save:";
    return std::stoll(info.substr(info.find(field) + field.size()));
  };
  const auto resend = [&](const std::string& words) {
    return *admin.command({"EVALSHA", std::string{tally::count_script::sha1}, "4", record,
                           "{visits}:.epoch", "{visits}:.names", "visits", "1", "86400000", "0",
                           "0", words, "10", "1", "0"});
  };
  const auto before = changes();
  CHECK(resend("") == "=1 0 1");
  CHECK(changes() == before);
  CHECK(resend("raise rewrite") == "=1 0 1");
  CHECK(changes() == before + 1);
}

TEST_CASE("an operator's change fails if too few replicas have it, reading does not", "[proof]")
{
  replicated_redis redis{1};
  const auto variables = with_replicas(1);
  CHECK(succeeds_silently(administer(redis.master, {"set", "home", "5"}, patient(1))));
  CHECK(redis.replicas.front().visits("home") == 5);
  redis.replicas.front().kill();
  check_fails(administer(redis.master, {"set", "home", "6"}, variables),
              "the change was carried out, but a fail-over may lose it: 0 of 1 replicas");
  CHECK(administer(redis.master, {"get", "home"}, variables).output == "6\n");
}

TEST_CASE("a user who may not wait for replicas makes Tally unready", "[proof]")
{
  replicated_redis redis{1};
  redis.master.connect().command(
      {"ACL", "SETUSER", "visitor", "on", ">secret", "~*", "+@all", "-wait"});
  tally_process tally{pointing_at(redis.master, with_replicas(1, {{"REDIS_USERNAME", "visitor"},
                                                                  {"REDIS_PASSWORD", "secret"}}))};
  CHECK(eventually([&] { return is_permission_error(tally.get("/readyz").body); }));
}
