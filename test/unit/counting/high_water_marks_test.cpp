#include "catch.hpp"
#include "unit/counting/high_water_marks_fixture.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using tally::batch_part;
using tally::high_water_marks;

TEST_CASE_METHOD(high_water_marks_fixture,
                 "a batch begins with the highest total shown of each of its counters",
                 "[high_water_marks]")
{
  count("a", 5);
  count("a", 3);
  std::vector<batch_part> parts{batch_part{.key = "a"}, batch_part{.key = "b", .mark = 8}};
  const auto ticket = marks.begin(parts);
  REQUIRE(ticket.has_value());
  CHECK(parts[0].mark == 5);
  CHECK(parts[1].mark == 0);
  CHECK(ticket->epoch == 0);
  CHECK_FALSE(ticket->raise);
}

TEST_CASE_METHOD(high_water_marks_fixture, "a counter that was not counted keeps its mark",
                 "[high_water_marks]")
{
  count("a", 5);
  auto batch = begin("a");
  batch.parts[0].error = "WRONGTYPE";
  marks.end_counted(batch.ticket, batch.parts, 0);
  CHECK(mark_of("a") == 5);
}

TEST_CASE_METHOD(high_water_marks_fixture,
                 "a batch that is sent again gets the newest marks and epoch", "[high_water_marks]")
{
  auto batch = begin("a");
  CHECK(batch.parts[0].mark == 0);
  count("a", 9, 2);
  marks.refresh(batch.ticket, batch.parts);
  CHECK(batch.parts[0].mark == 9);
  CHECK(batch.ticket.epoch == 2);
}

TEST_CASE_METHOD(high_water_marks_fixture, "a later epoch drops all marks of earlier ones",
                 "[high_water_marks]")
{
  count("a", 10);
  count("b", 3, 1);
  CHECK(mark_of("a") == 0);
  CHECK(mark_of("b") == 3);
  CHECK(begin("a").ticket.epoch == 1);
}

TEST_CASE_METHOD(high_water_marks_fixture, "a late reply of an earlier epoch changes no mark",
                 "[high_water_marks]")
{
  count("a", 3, 1);
  count("a", 10, 0);
  count("b", 10, 0);
  CHECK(mark_of("a") == 3);
  CHECK(mark_of("b") == 0);
}

TEST_CASE_METHOD(high_water_marks_fixture, "the number of marks is bounded", "[high_water_marks]")
{
  std::vector<batch_part> parts;
  for (std::size_t i = 0; i <= high_water_marks::max_marks; ++i)
    parts.push_back({.key = std::to_string(i), .visits = 1, .total = 7});
  const auto count_marks = [&] {
    const auto ticket = marks.begin(parts);
    REQUIRE(ticket.has_value());
    marks.end(*ticket);
    return static_cast<std::size_t>(
        std::ranges::count_if(parts, [](const batch_part& part) { return part.mark != 0; }));
  };

  const auto first_ticket = marks.begin(parts);
  REQUIRE(first_ticket.has_value());
  marks.end_counted(*first_ticket, parts, 0);
  CHECK(count_marks() == high_water_marks::max_marks);
  CHECK(parts.back().mark == 7); // the newest counter has one

  count(parts.back().key, 8); // a counter that has a mark replaces no other one
  CHECK(count_marks() == high_water_marks::max_marks);
  CHECK(parts.back().mark == 8);
}
