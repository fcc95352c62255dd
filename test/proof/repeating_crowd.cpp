#include "repeating_crowd.hpp"

#include "counters.hpp"
#include "http_client.hpp"

#include <tally/base/random_id.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

namespace tally::test {

namespace {

using clock = outcome::clock;

// Before a visit is repeated.
constexpr std::chrono::milliseconds repetition_pause{5};

constexpr std::chrono::minutes give_up_after{1};

} // namespace

// The connection of one visitor.
class repeating_crowd::visitor {
public:
  visitor(const std::vector<std::uint16_t>& ports, std::size_t first) : ports_{ports}, port_{first}
  {
  }

  // Sends a visit, and returns its status, or outcome::lost, and its number.
  std::pair<int, long long> send(const std::string& counter, const std::string& key)
  {
    try {
      if (!client_)
        client_.emplace(ports_[port_ % ports_.size()]);
      const auto response =
          client_->request("POST", count_target(counter), "Idempotency-Key: " + key + "\r\n");
      if (response.closes())
        client_.reset();
      return {response.status, response.status == 200 ? response.number() : 0};
    } catch (const std::exception&) { // no connection, no response, or an invalid one
      client_.reset();
      return {outcome::lost, 0};
    }
  }

  void change_port()
  {
    client_.reset();
    ++port_;
  }

private:
  const std::vector<std::uint16_t>& ports_;
  std::size_t port_;
  std::optional<http_client> client_;
};

repeating_crowd::repeating_crowd(std::vector<std::uint16_t> ports, history& outcomes, int visitors,
                                 int visits, std::vector<std::string> counters)
    : ports_{std::move(ports)}, counters_{std::move(counters)}, outcomes_{outcomes}
{
  for (std::size_t i = 0; i < static_cast<std::size_t>(visitors); ++i)
    visitors_.push_back(std::async(std::launch::async, [=, this] { visit(i, visits); }));
}

void repeating_crowd::wait()
{
  for (auto& each : visitors_)
    if (each.valid())
      each.get();
}

void repeating_crowd::stop()
{
  request_stop();
  wait();
}

void repeating_crowd::visit(std::size_t index, int visits)
{
  const std::string id = random_id();
  visitor sender{ports_, index};
  for (int done = 0; done < visits && !stopping_; ++done) {
    const auto& counter = counters_[(index + static_cast<std::size_t>(done)) % counters_.size()];
    const std::string key = id + '-' + std::to_string(done);
    outcome result{clock::now(), {}, outcome::lost, 0, counter};
    std::tie(result.status, result.number) = sender.send(counter, key);
    const auto repeatable = [](int status) {
      return status == 503 || status == 504 || status == outcome::lost;
    };
    while (repeatable(result.status) && clock::now() < result.begun + give_up_after) {
      std::this_thread::sleep_for(repetition_pause);
      sender.change_port();
      ++repetitions_;
      std::tie(result.status, result.number) = sender.send(counter, key);
    }
    result.ended = clock::now();
    outcomes_.add(result);
    if (done % 8 != 0)
      continue;
    ++repetitions_;
    const auto [status, number] = sender.send(counter, key);
    if (!repeatable(status) && std::pair{status, number} != std::pair{result.status, result.number})
      outcomes_.add({result.begun, clock::now(), status, number, counter});
  }
}

} // namespace tally::test
