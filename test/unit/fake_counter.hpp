#pragma once

#include <tally/counting/counter.hpp>

#include <cstdint>
#include <string>

/// Counts in memory, and fails as it is told to.
class fake_counter final : public tally::counter {
public:
  std::int64_t visits = 0;
  tally::error_code failure;
  std::string reason;

  void count(std::string_view, tally::pending_total& visit) override
  {
    if (failure)
      visit.settle(failure);
    else
      visit.settle(++visits);
  }

  void total(std::string_view, tally::pending_total& visit) override
  {
    if (failure)
      visit.settle(failure);
    else
      visit.settle(visits);
  }

  std::string trouble() override { return reason; }
};
