#include "catch.hpp"

#include <tally/counting/batch_visits.hpp>

#include <cstddef>
#include <deque>
#include <exception>
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
    pending_total& added = visits.emplace_back();
    added.counter = names.back();
    waiting.push_back(added);
    return added;
  }

  batch protocol{"writer"};
  pending_totals waiting;
  std::deque<std::string> names;
  std::deque<pending_total> visits;
  batch_visits taken;
};

std::int64_t number(const pending_total& visit)
{
  return visit.await_ready() ? visit.await_resume().value() : 0;
}

tally::task await(pending_total& first, const pending_total& second, bool& second_known)
{
  co_await first;
  second_known = second.await_ready();
}

} // namespace

TEST_CASE_METHOD(fixture, "visits to one counter share a part and get consecutive numbers",
                 "[batch_visits]")
{
  const auto& first = visit("a");
  const auto& other = visit("b");
  const auto& second = visit("a");
  taken.take(waiting, protocol);
  CHECK(waiting.empty());
  REQUIRE(taken.parts().size() == 2);
  CHECK(taken.size() == 3);
  taken.parts()[0].total = 12;
  taken.parts()[1].total = 7;
  CHECK(taken.settle(waiting) == 3);
  CHECK(number(first) == 11);
  CHECK(number(second) == 12);
  CHECK(number(other) == 7);
}

TEST_CASE_METHOD(fixture, "a batch holds visits to at most 256 counters, the others wait",
                 "[batch_visits]")
{
  for (int times = 0; times < 2; ++times)
    for (int i = 0; i < 257; ++i)
      visit(std::to_string(i));
  taken.take(waiting, protocol);
  CHECK(taken.parts().size() == 256);
  CHECK(taken.size() == 2 * 256);
  CHECK(waiting.size() == 2);
  for (const pending_total& each : waiting)
    CHECK(each.counter == "256");
}

TEST_CASE_METHOD(fixture, "the error of one counter is not that of the others", "[batch_visits]")
{
  const auto& broken = visit("a");
  const auto& counted = visit("b");
  taken.take(waiting, protocol);
  taken.parts()[0].error = "WRONGTYPE";
  taken.parts()[1].total = 1;
  CHECK(taken.settle(waiting) == 1);
  CHECK(broken.await_resume().error() == tally::errc::rejected);
  CHECK(number(counted) == 1);
}

TEST_CASE_METHOD(fixture, "visits beyond the last numbers are counted one by one", "[batch_visits]")
{
  visit("a");
  visit("a");
  taken.take(waiting, protocol);
  taken.parts()[0].error = "ERR increment or decrement would overflow";
  CHECK(taken.settle(waiting) == 0);
  CHECK(waiting.size() == 2);
  taken.take(waiting, protocol);
  CHECK(taken.size() == 1);
  CHECK(waiting.size() == 1);
}

TEST_CASE_METHOD(fixture, "a session finds the outcomes of all its visits when it goes on",
                 "[batch_visits]")
{
  pending_total& first = visit("a");
  pending_total& second = visit("a");
  bool known = false;
  tally::task session = await(first, second, known);
  session.start([](const std::exception_ptr&) {});
  taken.take(waiting, protocol);
  taken.parts()[0].total = 2;
  CHECK(taken.settle(waiting) == 2);
  CHECK(known);
}
