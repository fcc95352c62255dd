#include "proof.hpp"
#include "scripted_peer.hpp"
#include "wait.hpp"

#include <atomic>
#include <cstddef>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace tally::test;

namespace {

class step {
public:
  void done() { promise_.set_value(); }
  void wait()
  {
    if (promise_.get_future().wait_for(patience) != std::future_status::ready)
      throw std::runtime_error{"the test has not come to this step"};
  }

private:
  std::promise<void> promise_;
};

std::vector<std::string> read_command(tcp_stream& connection)
{
  std::string bytes;
  while (resp_size(bytes) == 0) {
    const auto more = connection.read_some();
    if (more.empty())
      throw std::runtime_error{"Tally has closed the connection"};
    bytes += more;
  }
  std::vector<std::string> words;
  for (std::size_t at = bytes.find("\r\n") + 2; at != bytes.size();) {
    const auto word = std::string_view{bytes}.substr(at, resp_size(bytes.substr(at)));
    const auto begin = word.find("\r\n") + 2;
    words.emplace_back(word.substr(begin, word.size() - begin - 2));
    at += word.size();
  }
  return words;
}

void greet(tcp_stream& connection)
{
  for (const char* reply : {"+PONG\r\n", "$3\r\nsha\r\n", "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n",
                            "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n"}) {
    read_command(connection);
    connection.send(reply);
  }
}

struct batch {
  explicit batch(tcp_stream& connection)
  {
    auto words = read_command(connection);
    for (; words.at(11) == "0"; words = read_command(connection))
      connection.send("$5\r\n0 0 0\r\n"); // a probe
    sequence = words.at(6);
    size = std::stoi(words.at(11));
  }

  void count(tcp_stream& connection, int& total) const
  {
    const auto record = sequence + " 0 " + std::to_string(total += size);
    connection.send('$' + std::to_string(record.size()) + "\r\n" + record + "\r\n");
  }

  std::string sequence;
  int size;
};

} // namespace

TEST_CASE("a visit that was told it is not counted is not counted with its batch", "[proof]")
{
  constexpr int writers = 4; // batches in flight; visits behind them wait and share a batch
  std::atomic<int> came{0};
  step both_wait;
  step greet_again;
  std::vector<int> sizes;
  int total = 0;
  const auto at_first = [&](tcp_stream& redis) {
    greet(redis);
    std::vector<batch> single;
    for (; came != writers; ++came)
      single.emplace_back(redis);
    both_wait.wait();
    for (const batch& each : single)
      each.count(redis, total);
    const batch lost{redis};
    sizes.push_back(lost.size);
    redis.send("-NOSCRIPT No matching script.\r\n");
    read_command(redis);
  };
  const auto again = [&](tcp_stream& redis) {
    greet_again.wait();
    greet(redis);
    const batch last{redis};
    sizes.push_back(last.size);
    last.count(redis, total);
    read_command(redis);
  };
  int connections = 0;
  scripted_peer peer{
      [&](tcp_stream& redis) { ++connections == 1 ? at_first(redis) : again(redis); }};
  tally_process tally{patient({{"REDIS_HOST", "127.0.0.1"},
                               {"REDIS_PORT", std::to_string(peer.port())},
                               {"TALLY_REQUEST_TIMEOUT_MS", "1000"},
                               {"TALLY_VISIT_TIMEOUT_MS", "3000"}})};
  wait_until_ready(tally);
  std::vector<http_client> before;
  const auto visit = [&] {
    auto client = tally.connect();
    client.send(request_text("GET", "/count"));
    // This answer shows that the worker has read the visit before it.
    CHECK(tally.get("/livez").status == 200);
    return client;
  };
  for (int i = 0; i < writers; ++i) {
    before.push_back(visit());
    REQUIRE(eventually([&] { return came == i + 1; }));
  }
  auto earlier = visit();
  // The later one's deadline comes a second behind: when this one's, for a request, is over.
  CHECK(tally.connect().ended());
  auto later = visit();
  both_wait.done();
  for (int i = 0; i < writers; ++i)
    CHECK(before[static_cast<std::size_t>(i)].read().number() == i + 1);
  CHECK(earlier.read().status == 503);
  greet_again.done();
  CHECK(later.read().number() == writers + 1);
  CHECK(total == writers + 1);
  CHECK(sizes == std::vector<int>{2, 1});
  CHECK(tally.stop() == 0);
}
