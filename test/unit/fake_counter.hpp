#pragma once

#include <tally/counting/counter.hpp>

#include <cstdint>
#include <string>

/// Counts in memory, and fails when a test sets an error.
class fake_counter final : public tally::counter {
public:
  std::int64_t visits = 0;
  tally::error_code total_error;
  std::string readiness_error;

  void count(std::string_view, tally::pending_total& visit) override
  {
    if (total_error)
      visit.settle(total_error);
    else
      visit.settle(++visits);
  }

  void total(std::string_view, tally::pending_total& request) override
  {
    if (total_error)
      request.settle(total_error);
    else
      request.settle(visits);
  }

  std::string error() override { return readiness_error; }
};
