#include "catch.hpp"
#include "unit/net/ignore_error.hpp"

#include <tally/net/task.hpp>

#include <exception>
#include <memory>

namespace {

tally::task wait_twice(tally::resume_point& first, tally::resume_point& second)
{
  co_await first;
  co_await second;
}

tally::task count_resumes(tally::resume_point& point, int& resumes)
{
  for (;;) {
    co_await point;
    ++resumes;
  }
}

tally::task destroy_point(std::unique_ptr<tally::resume_point>& point, bool& destroyed)
{
  tally::resume_point& named = *point;
  co_await named;
  point.reset();
  destroyed = true;
}

} // namespace

TEST_CASE("a resume point knows whether a coroutine waits at it", "[resume_point]")
{
  tally::resume_point first;
  tally::resume_point second;
  tally::task task = wait_twice(first, second);
  CHECK_FALSE(static_cast<bool>(first));
  task.start(ignore_error);
  CHECK(static_cast<bool>(first));
  CHECK_FALSE(static_cast<bool>(second));
  first.resume();
  CHECK_FALSE(static_cast<bool>(first));
  CHECK(static_cast<bool>(second));
}

TEST_CASE("a coroutine may wait at the same resume point again within resume()", "[resume_point]")
{
  tally::resume_point point;
  int resumes = 0;
  tally::task task = count_resumes(point, resumes);
  task.start(ignore_error);
  for (int i = 0; i != 3; ++i) {
    CHECK(resumes == i);
    REQUIRE(static_cast<bool>(point));
    point.resume();
  }
  CHECK(resumes == 3);
}

TEST_CASE("a coroutine may destroy its resume point within resume()", "[resume_point]")
{
  auto point = std::make_unique<tally::resume_point>();
  bool destroyed = false;
  tally::task task = destroy_point(point, destroyed);
  task.start(ignore_error);
  point->resume();
  CHECK(destroyed);
}
