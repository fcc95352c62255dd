#include "proof.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Up to four batches are in flight; further visits gather in one batch.
constexpr int writers = 4;
constexpr int gathered_visits = 5;

const std::vector<long long> last_seven{
    9223372036854775801, 9223372036854775802, 9223372036854775803, 9223372036854775804,
    9223372036854775805, 9223372036854775806, 9223372036854775807};

} // namespace

TEST_CASE("a batch with too many visits uses all of the remaining numbers", "[proof]")
{
  const bool cut = GENERATE(false, true);
  INFO((cut ? "with a cut reply" : "undisturbed"));
  redis_server redis;
  redis.connect().command({"SET", "visits", "9223372036854775800"}); // 2^63 - 1 - 7
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, long_timeouts())};
  wait_until_ready(tally);

  // Each of the first visits is sent alone; the others gather while these are in flight.
  redis.freeze();
  std::vector<http_client> clients;
  for (int i = 0; i < writers + gathered_visits; ++i) {
    clients.push_back(tally.connect());
    clients.back().send(request_text("GET", "/count"));
    if (i < writers)
      REQUIRE(eventually([&] { return proxy.batches() > i; }));
    // The response shows that the worker has read the visit.
    CHECK(tally.get("/livez").status == 200);
  }
  if (cut)
    proxy.inject({fault::kind::cut_after});
  redis.thaw();

  std::vector<long long> shown;
  int rejected = 0;
  int unknown = 0;
  for (auto& client : clients) {
    const auto response = client.read();
    if (response.status == 200)
      shown.push_back(response.number());
    rejected += response.status == 500;
    unknown += response.status == 504;
  }
  std::ranges::sort(shown);
  if (cut) { // The outcome of the batch that was sent twice is unknown.
    CHECK(shown.size() + static_cast<std::size_t>(rejected + unknown) == clients.size());
    CHECK(std::ranges::includes(last_seven, shown));
    return;
  }
  CHECK(shown == last_seven);
  CHECK(rejected == 2);
  CHECK(redis.visits() == last_seven.back());
  CHECK(tally.get("/count").status == 500);
  CHECK(redis.visits() == last_seven.back());
}
