#include "catch.hpp"
#include "unit/counting/high_water_marks_fixture.hpp"

#include <vector>

using tally::batch_part;

TEST_CASE_METHOD(high_water_marks_fixture,
                 "after a rollback, new batches wait until those in flight have an outcome",
                 "[high_water_marks]")
{
  count("a", 10);
  const auto below = begin("a");
  auto late = begin("a");
  marks.report_rollback(below.parts[0], 4);
  marks.end(below.ticket);

  std::vector<batch_part> waiting = part_of("a");
  CHECK_FALSE(marks.begin(waiting).has_value());
  CHECK(ready_calls == 0);

  end_counted(late, 12); // counted before the rollback
  CHECK(ready_calls == 1);
  const auto next = begin("a");
  CHECK(next.ticket.raise);
  CHECK(next.parts[0].mark == 12);
}

TEST_CASE_METHOD(high_water_marks_fixture, "exactly one batch raises the counters after a rollback",
                 "[high_water_marks]")
{
  roll_back("a", 10, 4);
  auto first = begin("a");
  CHECK(first.ticket.raise);
  std::vector<batch_part> waiting = part_of("a");
  CHECK_FALSE(marks.begin(waiting).has_value());

  const int calls_before = ready_calls;
  end_counted(first, 11);
  CHECK(ready_calls == calls_before + 1);
  const auto second = begin("a");
  CHECK_FALSE(second.ticket.raise);
  CHECK(second.parts[0].mark == 11);

  const auto third = begin("a"); // batches need not wait for each other any more
  CHECK_FALSE(third.ticket.raise);
}

TEST_CASE_METHOD(high_water_marks_fixture,
                 "if the raising batch was not counted, the next batch raises",
                 "[high_water_marks]")
{
  roll_back("a", 10, 4);
  const auto first = begin("a");
  const int calls_before = ready_calls;
  marks.end(first.ticket);
  CHECK(ready_calls == calls_before + 1);

  const auto second = begin("a");
  CHECK(second.ticket.raise);
  CHECK(second.parts[0].mark == 10);
}

TEST_CASE_METHOD(high_water_marks_fixture, "a rollback is logged once", "[high_water_marks]")
{
  count("a", 10);
  const auto first = begin("a");
  const auto second = begin("a");
  marks.report_rollback(first.parts[0], 4);
  marks.report_rollback(second.parts[0], 5);
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

TEST_CASE_METHOD(high_water_marks_fixture,
                 "a rollback that affects several counters is logged once", "[high_water_marks]")
{
  count("a", 20);
  count("b", 10);
  roll_back("a", 20, 4);
  count("a", 21); // raises
  CHECK(output.lines().size() == 1);
  find_below("b", 0);
  CHECK(output.lines().empty());
  count("b", 11); // raises
  find_below("b", 0);
  CHECK(output.lines().size() == 1);
}
