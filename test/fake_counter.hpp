#pragma once

#include <tally/counter.hpp>

#include <cstdint>
#include <string>

/// Counts in memory, and fails as it is told to.
class fake_counter final : public tally::counter {
public:
  std::int64_t visits = 0;
  tally::error_code failure;
  std::string reason;

  tally::awaitable<tally::result<std::int64_t>> count(std::string_view) override
  {
    if (failure)
      co_return failure;
    co_return ++visits;
  }

  tally::awaitable<tally::result<std::int64_t>> total(std::string_view) override
  {
    if (failure)
      co_return failure;
    co_return visits;
  }

  std::string trouble() const override { return reason; }
};
