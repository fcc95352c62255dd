#include "catch.hpp"

#include <tally/base/backoff.hpp>

using namespace std::chrono_literals;

TEST_CASE("a pause doubles up to its maximum and lies in the upper half", "[backoff]")
{
  tally::backoff pauses{50ms, 300ms, 1};
  for (const auto ceiling : {50ms, 100ms, 200ms, 300ms, 300ms}) {
    const auto pause = pauses.next();
    CHECK(pause >= ceiling / 2);
    CHECK(pause <= ceiling);
  }
}

TEST_CASE("after a success the next pause is short again", "[backoff]")
{
  tally::backoff pauses{50ms, 10s, 1};
  for (int i = 0; i != 8; ++i)
    pauses.next();
  REQUIRE(pauses.next() > 50ms);
  pauses.reset();
  CHECK(pauses.next() <= 50ms);
}

TEST_CASE("two clients pause for different times", "[backoff]")
{
  tally::backoff first{1000ms, 8000ms, 1};
  tally::backoff second{1000ms, 8000ms, 2};
  bool differ = false;
  for (int i = 0; i != 8; ++i)
    differ |= first.next() != second.next();
  CHECK(differ);
}
