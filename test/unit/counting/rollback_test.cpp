#include "catch.hpp"
#include "unit/counting/high_water_marks_fixture.hpp"

#include <vector>

using tally::batch_part;

TEST_CASE_METHOD(high_water_marks_fixture,
                 "after a rollback, new batches wait until those in flight have an outcome",
                 "[high_water_marks]")
{
  count("a", 10);
  std::vector<batch_part> below = part_of("a");
  std::vector<batch_part> late = part_of("a");
  const auto below_ticket = marks.begin(below);
  const auto late_ticket = marks.begin(late);
  REQUIRE(below_ticket.has_value());
  REQUIRE(late_ticket.has_value());
  marks.report_rollback(below[0], 4);
  marks.end(*below_ticket);

  std::vector<batch_part> next = part_of("a");
  CHECK_FALSE(marks.begin(next).has_value());
  CHECK(ready_calls == 0);

  late[0].total = 12; // counted before the rollback
  marks.end_counted(*late_ticket, late, 0);
  CHECK(ready_calls == 1);
  const auto next_ticket = marks.begin(next);
  REQUIRE(next_ticket.has_value());
  CHECK(next_ticket->raise);
  CHECK(next[0].mark == 12);
}

TEST_CASE_METHOD(high_water_marks_fixture, "exactly one batch raises the counters after a rollback",
                 "[high_water_marks]")
{
  roll_back("a", 10, 4);
  std::vector<batch_part> first = part_of("a");
  std::vector<batch_part> second = part_of("a");
  const auto first_ticket = marks.begin(first);
  REQUIRE(first_ticket.has_value());
  CHECK(first_ticket->raise);
  CHECK_FALSE(marks.begin(second).has_value());

  const int calls_before = ready_calls;
  first[0].total = 11;
  marks.end_counted(*first_ticket, first, 0);
  CHECK(ready_calls == calls_before + 1);
  const auto second_ticket = marks.begin(second);
  REQUIRE(second_ticket.has_value());
  CHECK_FALSE(second_ticket->raise);
  CHECK(second[0].mark == 11);

  std::vector<batch_part> third = part_of("a");
  const auto third_ticket = marks.begin(third); // batches need not wait for each other any more
  REQUIRE(third_ticket.has_value());
  CHECK_FALSE(third_ticket->raise);
}

TEST_CASE_METHOD(high_water_marks_fixture,
                 "if the raising batch was not counted, the next batch raises",
                 "[high_water_marks]")
{
  roll_back("a", 10, 4);
  std::vector<batch_part> first = part_of("a");
  const auto first_ticket = marks.begin(first);
  REQUIRE(first_ticket.has_value());
  const int calls_before = ready_calls;
  marks.end(*first_ticket);
  CHECK(ready_calls == calls_before + 1);

  std::vector<batch_part> second = part_of("a");
  const auto second_ticket = marks.begin(second);
  REQUIRE(second_ticket.has_value());
  CHECK(second_ticket->raise);
  CHECK(second[0].mark == 10);
}

TEST_CASE_METHOD(high_water_marks_fixture, "a rollback is logged once", "[high_water_marks]")
{
  count("a", 10);
  std::vector<batch_part> first = part_of("a");
  std::vector<batch_part> second = part_of("a");
  const auto first_ticket = marks.begin(first);
  const auto second_ticket = marks.begin(second);
  REQUIRE(first_ticket.has_value());
  REQUIRE(second_ticket.has_value());
  marks.report_rollback(first[0], 4);
  marks.report_rollback(second[0], 5);
  const auto lines = output.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].at("event").as_string() == "redis_rolled_back");
  CHECK(lines[0].at("counter").as_string() == "a");
  CHECK(lines[0].at("shown").as_int64() == 10);
  CHECK(lines[0].at("found").as_int64() == 4);
}

TEST_CASE_METHOD(high_water_marks_fixture,
                 "a rollback after the counters were raised is logged again", "[high_water_marks]")
{
  roll_back("a", 10, 4);
  CHECK(output.lines().size() == 1);
  count("a", 11); // raises
  roll_back("a", 12, 4);
  CHECK(output.lines().size() == 1);
}
