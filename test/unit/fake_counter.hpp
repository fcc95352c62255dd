#pragma once

#include <tally/counting/counter.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// Counts in memory, and fails when a test sets an error.
class fake_counter final : public tally::counter {
public:
  std::map<std::string, std::int64_t, std::less<>> totals{{"visits", 0}};
  std::int64_t& visits = totals.begin()->second;
  tally::error_code total_error;
  std::string readiness_error;

  void count(std::string_view name, tally::pending_total& visit) override
  {
    if (total_error)
      visit.settle(total_error);
    else if (!visit.key.empty())
      count_once(name, visit);
    else if (const auto found = totals.find(name); found != totals.end())
      visit.settle(++found->second); // as the real one, without an allocation
    else
      visit.settle(++totals[std::string{name}]);
  }

  void total(std::string_view name, tally::pending_total& request) override
  {
    const auto found = totals.find(name);
    if (total_error)
      request.settle(total_error);
    else if (found == totals.end())
      request.settle(make_error_code(tally::errc::no_counter));
    else
      request.settle(found->second);
  }

  std::string error() override { return readiness_error; }

private:
  void count_once(std::string_view name, tally::pending_total& visit)
  {
    const auto [known, added] =
        keys_.try_emplace(std::string{visit.key}, std::string{name}, std::int64_t{0});
    auto& [owner, number] = known->second;
    if (added)
      number = ++totals[owner];
    if (owner == name)
      visit.settle(number);
    else
      visit.settle(make_error_code(tally::errc::key_conflict));
  }

  std::map<std::string, std::pair<std::string, std::int64_t>> keys_;
};
