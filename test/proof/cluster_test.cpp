// Tally on a real Redis Cluster: the slot of its keys moves, and a replica takes over.
#include "catch.hpp"
#include "crowd.hpp"
#include "history.hpp"
#include "proof.hpp"
#include "redis_cluster.hpp"
#include "rollback.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <chrono>
#include <cstdio>
#include <string>

using namespace tally::test;

namespace {

environment two_workers()
{
  return worker_settings(2);
}

/// Waits until a visit that begins now is counted, and prints the time.
void print_recovery(const char* what, const history& outcomes)
{
  const auto begun = outcome::clock::now();
  wait_for_more(outcomes, 1);
  const auto time = outcome::clock::now() - begun;
  std::printf(
      "%s: counted again after %lld ms\n", what,
      static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()));
}

} // namespace

TEST_CASE("tally finds the node that has its keys", "[proof]")
{
  redis_cluster cluster;
  auto& owner = cluster.owner();
  auto& other = cluster.other_master();
  tally_process tally{other.server};
  CHECK(tally.wait_for_event("redis_ready").at("address").as_string() == owner.address());
  CHECK(tally.get("/count/page").number() == 1);
  CHECK(owner.server.visits("page") == 1);
  CHECK(run_tally(pointing_at(cluster), {"set", "page", "7"}).errors.empty());
  CHECK(run_tally(pointing_at(cluster), {"get", "page"}).output == "7\n");
  CHECK(run_tally(pointing_at(cluster), {"list"}).output == "page\t7\nvisits\t0\n");
  CHECK(run_tally(pointing_at(cluster), {"delete", "page"}).status == 0);

  tally_process numbered{pointing_at(other.server, {{"REDIS_DB", "1"}})};
  const auto event = numbered.wait_for_event("redis_unreachable");
  CHECK(contains(event.at("reason").as_string().c_str(), "SELECT is not allowed in cluster mode"));
}

TEST_CASE("a visit waits while the slot of the keys moves to another node", "[proof]")
{
  redis_cluster cluster;
  auto& source = cluster.owner();
  auto& target = cluster.other_master();
  tally_process tally{pointing_at(cluster, long_timeouts())};
  tally_process hasty{pointing_at(cluster, {{"TALLY_VISIT_TIMEOUT_MS", "200"}})};
  tally.wait_for_readyz(200);
  hasty.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
  cluster.begin_move(source, target);
  CHECK(hasty.get("/count").status == 503);
  history outcomes;
  crowd waiting{{tally.port()}, outcomes, 1, 1};
  CHECK(contains(tally.wait_for_readyz(503), "TRYAGAIN"));
  cluster.end_move(source, target);
  waiting.wait();
  CHECK(outcomes.count(200) == 1);
  CHECK(target.server.visits() == 2);
  CHECK(tally.events("redis_ready").back().at("address").as_string() == target.address());
  CHECK(tally.events("redis_unreachable").empty());
}

TEST_CASE("every visit is counted once while the slot of the keys moves", "[proof]")
{
  redis_cluster cluster;
  tally_process tally{pointing_at(cluster, two_workers())};
  wait_until_ready(tally, 2);
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16, crowd::endless, numbered_counters(20)};
  for (int times = 0; times != 4; ++times) {
    wait_for_more(outcomes, 200);
    auto& source = cluster.owner();
    auto& target = cluster.other_master();
    cluster.begin_move(source, target);
    cluster.end_move(source, target);
    print_recovery("move of the slot", outcomes);
  }
  visitors.stop();
  check_promises(outcomes, cluster.owner().server);
  CHECK(outcomes.count(200) == outcomes.size());
}

TEST_CASE("every visit is counted once while a replica takes over from a master", "[proof]")
{
  redis_cluster cluster;
  tally_process tally{pointing_at(cluster, two_workers())};
  wait_until_ready(tally, 2);
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16};
  wait_for_more(outcomes, 200);
  cluster.replica().server.connect().command({"CLUSTER", "FAILOVER"});
  REQUIRE(eventually([&] { return &cluster.owner() == &cluster.replica(); }));
  print_recovery("CLUSTER FAILOVER", outcomes);
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises(outcomes, cluster.replica().server);
  CHECK(outcomes.count(200) == outcomes.size());
}

TEST_CASE("no number is shown twice after the master was killed in a cluster", "[proof]")
{
  redis_cluster cluster;
  auto& owner = cluster.owner();
  tally_process tally{pointing_at(cluster, two_workers())};
  wait_until_ready(tally, 2);
  history outcomes;
  crowd visitors{{tally.port()}, outcomes, 16};
  wait_for_more(outcomes, 200);
  owner.server.kill();
  print_recovery("kill -9 of the master", outcomes);
  wait_for_more(outcomes, 200);
  visitors.stop();
  check_promises_after_rollback(outcomes, cluster.replica().server);
  std::printf("%s\n", outcomes.summary().c_str());
}
