#include "command_reader.hpp"
#include "proof.hpp"
#include "scripted_peer.hpp"
#include "wait.hpp"

#include <atomic>
#include <cstddef>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Blocks one thread until another opens it.
class gate {
public:
  void open() { promise_.set_value(); }
  void wait()
  {
    if (promise_.get_future().wait_for(test_timeout) != std::future_status::ready)
      throw std::runtime_error{"the test did not open the gate in time"};
  }

private:
  std::promise<void> promise_;
};

// One connection of Tally to the scripted Redis.
struct redis_session {
  explicit redis_session(tcp_stream& stream) : connection{stream}, commands{stream} {}

  tcp_stream& connection;
  command_reader commands;
};

void greet(redis_session& redis)
{
  for (const char* reply : {"+PONG\r\n", "$3\r\nsha\r\n", "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n",
                            "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n"}) {
    redis.commands.read();
    redis.connection.send(reply);
  }
}

struct batch {
  explicit batch(redis_session& redis)
  {
    auto words = redis.commands.read();
    for (; words.at(0) == "INFO" || words.at(13) == "0"; words = redis.commands.read())
      redis.connection.send(words.at(0) == "INFO" ? "-NOPERM\r\n" : "$5\r\n0 0 0\r\n"); // a probe
    sequence = words.at(7);
    size = std::stoi(words.at(13));
  }

  void count(redis_session& redis, int& total) const
  {
    const auto record = sequence + " 0 " + std::to_string(total += size);
    redis.connection.send('$' + std::to_string(record.size()) + "\r\n" + record + "\r\n");
  }

  std::string sequence;
  int size;
};

} // namespace

TEST_CASE("a visit that was answered 503 is not counted when its batch is sent again", "[proof]")
{
  constexpr int writers = 4; // single visits in flight; later ones queue and share a batch
  std::atomic<int> received_batches{0};
  gate both_queued;
  gate second_greeting;
  std::vector<int> sizes;
  int total = 0;
  const auto first_connection = [&](redis_session& redis) {
    greet(redis);
    std::vector<batch> single;
    for (; received_batches != writers; ++received_batches)
      single.emplace_back(redis);
    both_queued.wait();
    for (const batch& each : single)
      each.count(redis, total);
    const batch lost{redis};
    sizes.push_back(lost.size);
    redis.connection.send("-NOSCRIPT No matching script.\r\n");
    redis.commands.read();
  };
  const auto second_connection = [&](redis_session& redis) {
    second_greeting.wait();
    greet(redis);
    const batch last{redis};
    sizes.push_back(last.size);
    last.count(redis, total);
    redis.commands.read();
  };
  int connections = 0;
  scripted_peer peer{[&](tcp_stream& stream) {
    redis_session redis{stream};
    ++connections == 1 ? first_connection(redis) : second_connection(redis);
  }};
  tally_process tally{long_timeouts({{"REDIS_HOST", "127.0.0.1"},
                                     {"REDIS_PORT", std::to_string(peer.port())},
                                     {"TALLY_REQUEST_TIMEOUT_MS", "1000"},
                                     {"TALLY_VISIT_TIMEOUT_MS", "3000"}})};
  wait_until_ready(tally);
  std::vector<http_client> before;
  const auto visit = [&] {
    auto client = tally.connect();
    client.send(request_text("GET", "/count"));
    // The response shows that the worker has read the visit.
    CHECK(tally.get("/livez").status == 200);
    return client;
  };
  for (int i = 0; i < writers; ++i) {
    before.push_back(visit());
    REQUIRE(eventually([&] { return received_batches == i + 1; }));
  }
  auto earlier = visit();
  // Wait for the request timeout of an idle connection, so that the deadline of `later` is one
  // second after that of `earlier`.
  CHECK(tally.connect().ended());
  auto later = visit();
  both_queued.open();
  for (int i = 0; i < writers; ++i)
    CHECK(before[static_cast<std::size_t>(i)].read().number() == i + 1);
  CHECK(earlier.read().status == 503);
  second_greeting.open();
  CHECK(later.read().number() == writers + 1);
  CHECK(total == writers + 1);
  CHECK(sizes == std::vector<int>{2, 1});
  CHECK(tally.stop() == 0);
}
