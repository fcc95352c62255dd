#include "visitors.hpp"

#include "catch.hpp"
#include "wait.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace tally::test {

void visit_results::merge(const visit_results& other)
{
  shown.insert(shown.end(), other.shown.begin(), other.shown.end());
  std::ranges::sort(shown);
  refused += other.refused;
  unknown += other.unknown;
  unanswered += other.unanswered;
  closed += other.closed;
}

bool visit_results::distinct() const
{
  return std::ranges::adjacent_find(shown) == shown.end();
}

bool visit_results::contiguous_to(long long total) const
{
  return distinct() && static_cast<long long>(shown.size()) == total &&
         (shown.empty() || (shown.front() == 1 && shown.back() == total));
}

visitors::visitors(std::uint16_t port, int connections, int visits, std::string target)
    : target_{std::move(target)}
{
  for (int i = 0; i < connections; ++i)
    tasks_.push_back(std::async(std::launch::async, [=, this] { return visit(port, visits); }));
}

visit_results visitors::result()
{
  visit_results all;
  for (auto& task : tasks_)
    all.merge(task.get());
  return all;
}

visit_results visitors::visit(std::uint16_t port, int visits)
{
  visit_results results;
  http_client client{port};
  for (int i = 0; i < visits && !leaving_; ++i) {
    std::optional<http_response> response;
    try {
      response = client.get(target_);
    } catch (const std::exception&) {
      ++results.unanswered;
      return results;
    }
    ++responses_;
    switch (response->status) {
    case 200:
      results.shown.push_back(response->number());
      break;
    case 503:
      ++results.refused;
      break;
    case 504:
      ++results.unknown;
      break;
    default:
      throw std::runtime_error{"a visit got status " + std::to_string(response->status)};
    }
    if (response->closes()) {
      ++results.closed;
      return results;
    }
  }
  return results;
}

void check_counting_through_kills(redis_server& redis, tally_process& tally, std::size_t times)
{
  visitors clients{tally.port(), 16, 1'000'000};
  for (std::size_t kills = 1; kills <= times; ++kills) {
    const auto before = clients.answered();
    REQUIRE(eventually([&] { return clients.answered() > before + 200; }));
    redis.kill();
    tally.wait_for_event("redis_lost", 2 * kills); // once per worker
    redis.start();
    tally.wait_for_event("redis_ready", 2 * (kills + 1));
  }
  clients.leave();
  const auto visits = clients.result();
  CHECK(visits.unanswered == 0);
  CHECK(visits.distinct());
  const auto shown = static_cast<long long>(visits.shown.size());
  const auto total = redis.visits();
  CHECK(shown <= total);
  CHECK(total <= shown + visits.unknown);
  CHECK(visits.shown.back() <= total);
  CHECK(tally.stop() == 0);
}

} // namespace tally::test
