#include "catch.hpp"

#include <tally/counting/batch_visits.hpp>

#include <cstddef>
#include <deque>
#include <exception>
#include <iterator>
#include <string>

using tally::batch;
using tally::batch_visits;
using tally::pending_total;
using tally::pending_totals;

namespace {

struct fixture {
  pending_total& visit(const std::string& counter)
  {
    names.push_back(counter);
    pending_total& added = totals.emplace_back();
    added.counter = names.back();
    waiting.push_back(added);
    return added;
  }

  pending_total& visit(const std::string& counter, const std::string& key)
  {
    names.push_back(key);
    pending_total& added = visit(counter);
    added.key = *std::prev(names.end(), 2);
    return added;
  }

  batch current{"writer"};
  pending_totals waiting;
  std::deque<std::string> names;
  std::deque<pending_total> totals;
  batch_visits visits;
};

std::int64_t number(const pending_total& visit)
{
  return visit.await_ready() ? visit.await_resume().value() : 0;
}

tally::task await(pending_total& first, const pending_total& second, bool& second_settled)
{
  co_await first;
  second_settled = second.await_ready();
}

} // namespace

TEST_CASE_METHOD(fixture, "visits to one counter share a part and get consecutive numbers",
                 "[batch_visits]")
{
  const auto& first = visit("a");
  const auto& other = visit("b");
  const auto& second = visit("a");
  visits.fill(waiting, current);
  CHECK(waiting.empty());
  REQUIRE(visits.parts().size() == 2);
  CHECK(visits.size() == 3);
  visits.parts()[0].total = 12;
  visits.parts()[1].total = 7;
  CHECK(visits.settle(waiting) == 3);
  CHECK(number(first) == 11);
  CHECK(number(second) == 12);
  CHECK(number(other) == 7);
}

TEST_CASE_METHOD(fixture, "a batch holds visits to at most 256 counters, and the other visits wait",
                 "[batch_visits]")
{
  for (int times = 0; times < 2; ++times)
    for (int i = 0; i < 257; ++i)
      visit(std::to_string(i));
  visits.fill(waiting, current);
  CHECK(visits.parts().size() == 256);
  CHECK(visits.size() == 2 * 256);
  CHECK(waiting.size() == 2);
  for (const pending_total& each : waiting)
    CHECK(each.counter == "256");
}

TEST_CASE_METHOD(fixture, "the error of one counter does not affect the others", "[batch_visits]")
{
  const auto& broken = visit("a");
  const auto& counted = visit("b");
  visits.fill(waiting, current);
  visits.parts()[0].error = "WRONGTYPE";
  visits.parts()[1].total = 1;
  CHECK(visits.settle(waiting) == 1);
  CHECK(broken.await_resume().error() == tally::errc::permanent_failure);
  CHECK(number(counted) == 1);
}

TEST_CASE_METHOD(fixture, "visits with an idempotency key get their own results", "[batch_visits]")
{
  const auto& counted = visit("a", "1");
  const auto& plain = visit("a");
  const auto& repeated = visit("b", "2");
  const auto& conflict = visit("a", "3");
  const auto& failed = visit("c", "4");
  visits.fill(waiting, current);
  CHECK(visits.size() == 5);
  REQUIRE(visits.parts().size() == 3);
  CHECK(visits.parts()[0].visits == 1);
  CHECK(visits.parts()[0].keyed_visits == 2);
  REQUIRE(visits.keyed().size() == 4);
  CHECK(visits.keyed()[1].key == "{visits}:.key:2");
  CHECK(visits.keyed()[1].part == 1);
  visits.parts()[0].total = 12;
  visits.keyed()[0].number = 11;
  visits.keyed()[1].number = 5;
  visits.keyed()[1].repetition = true;
  visits.keyed()[2].conflict = true;
  visits.parts()[2].error = "WRONGTYPE";
  CHECK(visits.settle(waiting) == 2);
  CHECK(number(counted) == 11);
  CHECK(number(plain) == 12);
  CHECK(number(repeated) == 5);
  CHECK(conflict.await_resume().error() == tally::errc::key_conflict);
  CHECK(failed.await_resume().error() == tally::errc::permanent_failure);
}

TEST_CASE_METHOD(fixture, "visits that would overflow their counter are counted one by one",
                 "[batch_visits]")
{
  visit("a");
  if (GENERATE(false, true))
    visit("a", "key");
  else
    visit("a");
  visits.fill(waiting, current);
  visits.parts()[0].error = "ERR increment or decrement would overflow";
  CHECK(visits.settle(waiting) == 0);
  CHECK(waiting.size() == 2);
  visits.fill(waiting, current);
  CHECK(visits.size() == 1);
  CHECK(waiting.size() == 1);
}

TEST_CASE_METHOD(fixture,
                 "all visits of a session have their outcomes when the first one resumes it",
                 "[batch_visits]")
{
  pending_total& first = visit("a");
  pending_total& second = visit("a");
  bool second_settled = false;
  tally::task session = await(first, second, second_settled);
  session.start([](const std::exception_ptr&) {});
  visits.fill(waiting, current);
  visits.parts()[0].total = 2;
  CHECK(visits.settle(waiting) == 2);
  CHECK(second_settled);
}

TEST_CASE_METHOD(fixture, "a visit fails for itself if its counter may not be made",
                 "[batch_visits]")
{
  const auto& refused = visit("a");
  const auto& counted = visit("b");
  visits.fill(waiting, current);
  visits.parts()[0].error = "LIMIT there are as many counters as permitted";
  visits.parts()[1].total = 1;
  CHECK(tally::exceeds_limit(visits.parts()[0]));
  CHECK_FALSE(tally::exceeds_limit(visits.parts()[1]));
  CHECK(visits.settle(waiting) == 1);
  CHECK(refused.await_resume().error() == tally::errc::counter_limit);
  CHECK(number(counted) == 1);
}
