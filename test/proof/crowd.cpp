#include "crowd.hpp"

#include "counters.hpp"
#include "http_client.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

namespace tally::test {

namespace {

// After a 503, or when no connection could be made.
constexpr std::chrono::milliseconds retry_pause{5};

} // namespace

crowd::crowd(const std::vector<std::uint16_t>& ports, history& outcomes, int visitors, int visits,
             std::vector<std::string> counters)
    : outcomes_{outcomes}, counters_{std::move(counters)}
{
  const auto pairs = static_cast<std::size_t>(visitors + 1) / 2;
  for (std::size_t i = 0; i < static_cast<std::size_t>(visitors); ++i) {
    const auto port = ports[i % ports.size()];
    const auto first = i / 2 * counters_.size() / pairs;
    visitors_.push_back(std::async(std::launch::async, [=, this] { visit(port, visits, first); }));
  }
}

void crowd::wait()
{
  for (auto& each : visitors_)
    if (each.valid())
      each.get();
}

void crowd::stop()
{
  request_stop();
  wait();
}

// `first` is the index of the first counter.
void crowd::visit(std::uint16_t port, int visits, std::size_t first)
{
  for (int done = 0; done < visits && !stopping_;)
    if (const int made =
            visit_on_one_connection(port, visits - done, first + static_cast<std::size_t>(done)))
      done += made;
    else
      std::this_thread::sleep_for(retry_pause);
}

// Returns the number of visits made; 0 when the connection could not be opened.
int crowd::visit_on_one_connection(std::uint16_t port, int visits, std::size_t first)
{
  std::optional<http_client> client;
  try {
    client.emplace(port);
  } catch (const std::exception&) {
    return 0;
  }
  int done = 0;
  while (done < visits && !stopping_) {
    const auto& counter = counters_[(first + static_cast<std::size_t>(done)) % counters_.size()];
    outcome result{outcome::clock::now(), {}, outcome::lost, 0, counter};
    bool last = true;
    try {
      const auto response = client->get(count_target(counter));
      result.status = response.status;
      last = response.closes();
      if (result.status == 200)
        result.number = response.number();
    } catch (const std::exception&) {
      last = true; // the connection ended, or the response is invalid
    }
    result.ended = outcome::clock::now();
    outcomes_.add(result);
    ++done;
    if (last)
      break;
    if (result.status == 503)
      std::this_thread::sleep_for(retry_pause);
  }
  return done;
}

} // namespace tally::test
