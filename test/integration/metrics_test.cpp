#include "catch.hpp"
#include "http_client.hpp"
#include "redis_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"
#include "visitors.hpp"
#include "wait.hpp"

#include <map>
#include <sstream>
#include <string>

using namespace tally::test;

namespace {

/// The samples by name and labels.
class scrape {
public:
  explicit scrape(const tally_process& tally)
  {
    const auto response = tally.get("/metrics");
    REQUIRE(response.status == 200);
    REQUIRE(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    std::istringstream lines{response.body};
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with('#')) {
        const auto space = line.rfind(' ');
        samples_[line.substr(0, space)] = std::stod(line.substr(space + 1));
      }
  }

  double operator[](const std::string& name) const
  {
    const auto found = samples_.find(name);
    return found == samples_.end() ? -1 : found->second;
  }
  double visits(const std::string& outcome) const
  {
    return (*this)["tally_visits_total{outcome=\"" + outcome + "\"}"];
  }
  double requests(const std::string& route, const std::string& method, int code) const
  {
    return (*this)["tally_http_requests_total{route=\"" + route + "\",method=\"" + method +
                   "\",code=\"" + std::to_string(code) + "\"}"];
  }
  const std::map<std::string, double>& samples() const { return samples_; }

private:
  std::map<std::string, double> samples_;
};

} // namespace

TEST_CASE("the metrics of a new process are complete", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}, {"TALLY_MAX_WAITING_VISITS", "100"}}};
  const scrape metrics{tally};
  CHECK(metrics["tally_build_info{version=\"" TALLY_VERSION "\"}"] == 1);
  for (const std::string outcome : {"counted", "refused", "unknown", "broken"})
    CHECK(metrics.visits(outcome) == 0);
  for (const std::string name :
       {"tally_batches_total", "tally_batch_visits_count", "tally_batch_resends_total",
        "tally_batches_resolved_by_record_total", "tally_batches_unconfirmed_total",
        "tally_redis_roundtrip_seconds_count", "tally_redis_connections_lost_total",
        "tally_redis_rollbacks_total", "tally_waiting_visits", "tally_log_lines_dropped_total"}) {
    INFO(name);
    CHECK(metrics[name] == 0);
  }
  CHECK(metrics["tally_redis_connected"] == 1);
  CHECK(metrics["tally_http_connections"] == 1);
  CHECK(metrics["tally_waiting_visits_limit"] == 200);
  CHECK(metrics["tally_counters_limit"] == 10'000);
  CHECK(metrics["tally_http_connections_limit"] > 0);
  // It has steps of 10 ms, and the scrapes themselves use CPU time.
  CHECK(eventually([&] { return scrape{tally}["process_cpu_seconds_total"] > 0; }));
  for (const std::string name :
       {"process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds",
        "process_max_fds", "process_start_time_seconds"}) {
    INFO(name);
    CHECK(metrics[name] > 0);
  }
  CHECK(metrics["process_open_fds"] < metrics["process_max_fds"]);
}

TEST_CASE("visits, requests and batches are counted over all workers", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_THREADS", "2"}}};
  for (int i = 0; i < 20; ++i) // each on a connection of its own, to both workers
    CHECK(tally.get("/count/a/" + std::to_string(i % 2)).status == 200);
  auto client = tally.connect();
  CHECK(client.request("POST", "/count", "Content-Length: 0\r\n").status == 200);
  CHECK(client.get("/badge/a.svg").status == 200);
  CHECK(client.get("/badge/a.svg?count=no").status == 200);
  CHECK(client.get("/total").status == 200);
  // A duration is observed after the client has its response.
  const std::string durations = "tally_http_request_duration_seconds_count{route=\"/count\"}";
  CHECK(eventually([&] { return scrape{tally}[durations] == 21; }));
  const scrape metrics{tally};
  CHECK(metrics.visits("counted") == 22);
  CHECK(metrics.requests("/count", "GET", 200) == 20);
  CHECK(metrics.requests("/count", "POST", 200) == 1);
  CHECK(metrics.requests("/badge.svg", "GET", 200) == 2);
  CHECK(metrics.requests("/total", "GET", 200) == 1);
  CHECK(metrics["tally_http_request_duration_seconds_sum{route=\"/count\"}"] > 0);
  CHECK(metrics["tally_batches_total"] == 22);
  CHECK(metrics["tally_batch_visits_bucket{le=\"1\"}"] == 22);
  CHECK(metrics["tally_batch_visits_sum"] == 22);
  CHECK(metrics["tally_redis_roundtrip_seconds_count"] == 22);
  CHECK(metrics["tally_http_connections_total"] >= 22);
}

TEST_CASE("visits that were not counted are counted by the reason", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"TALLY_MAX_COUNTERS", "1"}}};
  CHECK(tally.get("/count/first").status == 200);
  CHECK(tally.get("/count/second").status == 403);
  redis.connect().command({"SET", "{visits}:first", "text"});
  CHECK(tally.get("/count/first").status == 500);
  CHECK(tally.get("/count/.").status == 404); // no visit
  redis.freeze();
  CHECK(tally.get("/count").status == 504);
  redis.kill();
  tally.wait_for_event("redis_unreachable");
  CHECK(tally.get("/count").status == 503);
  const scrape metrics{tally};
  CHECK(metrics.visits("counted") == 1);
  CHECK(metrics.visits("refused") == 2);
  CHECK(metrics.visits("broken") == 1);
  CHECK(metrics.visits("unknown") == 1);
  CHECK(metrics["tally_redis_connected"] == 0);
  CHECK(metrics["tally_redis_connections_lost_total"] == 1);
  CHECK(metrics["tally_waiting_visits"] == 0);
}

TEST_CASE("a refused request has nothing of the visit before it", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  auto client = tally.connect();
  CHECK(client.get("/count").status == 200);
  client.send("no request\r\n\r\n");
  CHECK(client.read().status == 400);
  const scrape metrics{tally};
  CHECK(metrics.visits("counted") == 1);
  CHECK(metrics.visits("refused") == 0);
  CHECK(metrics.requests("/count", "GET", 200) == 1);
  CHECK(metrics.requests("/count", "GET", 400) == -1);
  CHECK(metrics.requests("other", "other", 400) == 1);
}

TEST_CASE("a visit that waits for Redis is in the metrics", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  redis.freeze();
  auto client = tally.connect();
  client.send(request_text("GET", "/count"));
  CHECK(eventually([&] { return scrape{tally}["tally_waiting_visits"] == 1; }));
  redis.thaw();
  CHECK(client.read().status == 200);
  CHECK(scrape{tally}["tally_waiting_visits"] == 0);
}

TEST_CASE("a rollback of Redis is in the metrics", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  CHECK(tally.get("/count").number() == 1);
  CHECK(tally.get("/count").number() == 2);
  redis.connect().command({"SET", "visits", "1"});
  CHECK(tally.get("/count").number() == 3);
  CHECK(scrape{tally}["tally_redis_rollbacks_total"] == 1);
}

TEST_CASE("clients cannot add label values to the metrics", "[integration]")
{
  redis_server redis;
  tally_process tally{redis};
  const auto before = scrape{tally}.samples().size();
  for (int i = 0; i < 100; ++i) {
    const auto number = std::to_string(i);
    CHECK(tally.get("/unknown/" + number).status == 404);
    CHECK(tally.get("/total/name-" + number).status == 200);
    CHECK(tally.connect().request("BREW" + number, "/count").status == 405);
  }
  auto client = tally.connect();
  client.send("no request\r\n\r\n");
  CHECK(client.read().status == 400);
  const scrape metrics{tally};
  CHECK(metrics.requests("other", "GET", 404) == 100);
  CHECK(metrics.requests("/total", "GET", 200) == 100);
  CHECK(metrics.requests("/count", "other", 405) == 100);
  CHECK(metrics.requests("other", "other", 400) == 1);
  // Five new series of requests, and the histograms of four routes: 17 buckets, sum and count.
  CHECK(metrics.samples().size() == before + 5 + 4 * 19);
}
