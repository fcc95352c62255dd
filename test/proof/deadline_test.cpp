#include "proof.hpp"
#include "resp.hpp"
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
  for (std::size_t position = bytes.find("\r\n") + 2; position != bytes.size();) {
    const auto word = std::string_view{bytes}.substr(position, resp_size(bytes.substr(position)));
    const auto begin = word.find("\r\n") + 2;
    words.emplace_back(word.substr(begin, word.size() - begin - 2));
    position += word.size();
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
    for (; words.at(13) == "0"; words = read_command(connection))
      connection.send("$5\r\n0 0 0\r\n"); // a probe
    sequence = words.at(7);
    size = std::stoi(words.at(13));
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

TEST_CASE("a visit that was answered 503 is not counted when its batch is sent again", "[proof]")
{
  constexpr int writers = 4; // single visits in flight; later ones queue and share a batch
  std::atomic<int> received_batches{0};
  gate both_queued;
  gate second_greeting;
  std::vector<int> sizes;
  int total = 0;
  const auto first_connection = [&](tcp_stream& redis) {
    greet(redis);
    std::vector<batch> single;
    for (; received_batches != writers; ++received_batches)
      single.emplace_back(redis);
    both_queued.wait();
    for (const batch& each : single)
      each.count(redis, total);
    const batch lost{redis};
    sizes.push_back(lost.size);
    redis.send("-NOSCRIPT No matching script.\r\n");
    read_command(redis);
  };
  const auto second_connection = [&](tcp_stream& redis) {
    second_greeting.wait();
    greet(redis);
    const batch last{redis};
    sizes.push_back(last.size);
    last.count(redis, total);
    read_command(redis);
  };
  int connections = 0;
  scripted_peer peer{[&](tcp_stream& redis) {
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
