#include "visitors.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

namespace tally::test {

void tallied::add(const tallied& other)
{
  shown.insert(shown.end(), other.shown.begin(), other.shown.end());
  std::ranges::sort(shown);
  refused += other.refused;
  unknown += other.unknown;
  unanswered += other.unanswered;
  last_words += other.last_words;
}

bool tallied::distinct() const
{
  return std::ranges::adjacent_find(shown) == shown.end();
}

bool tallied::contiguous_to(long long total) const
{
  return distinct() && static_cast<long long>(shown.size()) == total &&
         (shown.empty() || (shown.front() == 1 && shown.back() == total));
}

visitors::visitors(std::uint16_t port, int connections, int visits)
{
  for (int i = 0; i < connections; ++i)
    crowd_.push_back(std::async(std::launch::async, [=, this] { return visit(port, visits); }));
}

tallied visitors::result()
{
  tallied all;
  for (auto& visitor : crowd_)
    all.add(visitor.get());
  return all;
}

tallied visitors::visit(std::uint16_t port, int visits)
{
  tallied mine;
  http_client client{port};
  for (int i = 0; i < visits && !leaving_; ++i) {
    std::optional<http_response> response;
    try {
      response = client.get("/count");
    } catch (const std::exception&) {
      ++mine.unanswered;
      return mine;
    }
    ++answered_;
    switch (response->status) {
    case 200:
      mine.shown.push_back(response->number());
      break;
    case 503:
      ++mine.refused;
      break;
    case 504:
      ++mine.unknown;
      break;
    default:
      throw std::runtime_error{"a visit answers " + std::to_string(response->status)};
    }
    if (response->closes()) {
      ++mine.last_words;
      return mine;
    }
  }
  return mine;
}

} // namespace tally::test
