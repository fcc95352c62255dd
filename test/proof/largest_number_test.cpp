#include "proof.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Four batches are in flight before visits gather.
constexpr int writers = 4;
constexpr int clients_at_once = 5;

const std::vector<long long> last_seven{
    9223372036854775801, 9223372036854775802, 9223372036854775803, 9223372036854775804,
    9223372036854775805, 9223372036854775806, 9223372036854775807};

} // namespace

TEST_CASE("a batch that is larger than the numbers left gets all of these", "[proof]")
{
  const bool cut = GENERATE(false, true);
  INFO((cut ? "with a cut reply" : "undisturbed"));
  redis_server redis;
  redis.connect().command({"SET", "visits", "9223372036854775800"}); // 2^63 - 1 - 7
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);

  // The first visits go alone, and the others gather while these are on their way.
  redis.freeze();
  std::vector<http_client> clients;
  for (int i = 0; i < writers + clients_at_once; ++i) {
    clients.push_back(tally.connect());
    clients.back().send(request_text("GET", "/count"));
    if (i < writers)
      REQUIRE(eventually([&] { return proxy.batches() > i; }));
    // This answer shows that the worker has read the visit before it.
    CHECK(tally.get("/livez").status == 200);
  }
  if (cut)
    proxy.next({fault::kind::cut_after});
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
  if (cut) { // The outcome of the batch that was sent twice is not known.
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
