#include "catch.hpp"
#include "unit/net/ignore_error.hpp"

#include <tally/net/task.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

// Counts how many of these objects exist.
class tracked {
public:
  explicit tracked(int& count) : count_{count} { ++count_; }
  ~tracked() { --count_; }
  tracked(const tracked&) = delete;
  tracked& operator=(const tracked&) = delete;

private:
  int& count_;
};

using resume_points = std::array<tally::resume_point, 2>;

tally::task wait_twice(resume_points& points, int& locals)
{
  auto& [first_point, second_point] = points;
  const tracked first{locals};
  co_await first_point;
  const tracked second{locals};
  co_await second_point;
}

tally::task record_steps(tally::resume_point& point, std::string& steps)
{
  steps += 'a';
  co_await point;
  steps += 'b';
}

tally::task throw_after_wait(tally::resume_point& point, int& locals)
{
  const tracked local{locals};
  co_await point;
  throw std::runtime_error{"broken"};
}

tally::task throw_immediately(int& locals)
{
  const tracked local{locals};
  if (locals != 0)
    throw std::runtime_error{"broken"};
  co_return;
}

} // namespace

TEST_CASE("a task runs from start() to its first wait", "[task]")
{
  tally::resume_point point;
  std::string steps;
  tally::task task = record_steps(point, steps);
  CHECK(steps.empty());
  task.start(ignore_error);
  CHECK(steps == "a");
  point.resume();
  CHECK(steps == "ab");
}

TEST_CASE("the completion handler is called once at the end, without an exception", "[task]")
{
  resume_points points;
  int locals = 0;
  int completions = 0;
  tally::task task = wait_twice(points, locals);
  task.start([&](const std::exception_ptr& error) {
    ++completions;
    CHECK_FALSE(error);
    CHECK(locals == 0);
  });
  points[0].resume();
  CHECK(completions == 0);
  points[1].resume();
  CHECK(completions == 1);
}

TEST_CASE("the completion handler gets the exception that ended the task", "[task]")
{
  tally::resume_point point;
  int locals = 0;
  std::exception_ptr thrown;
  tally::task task = throw_after_wait(point, locals);
  task.start([&](const std::exception_ptr& error) { thrown = error; });
  CHECK_FALSE(thrown);
  point.resume();
  REQUIRE(thrown);
  CHECK_THROWS_WITH(std::rethrow_exception(thrown), "broken");
  CHECK(locals == 0);
}

TEST_CASE("an exception before the first wait does not leave start()", "[task]")
{
  int locals = 0;
  std::exception_ptr thrown;
  tally::task task = throw_immediately(locals);
  task.start([&](const std::exception_ptr& error) { thrown = error; });
  REQUIRE(thrown);
  CHECK_THROWS_WITH(std::rethrow_exception(thrown), "broken");
  CHECK(locals == 0);
}

TEST_CASE("the completion handler may destroy the task", "[task]")
{
  resume_points points;
  int locals = 0;
  std::optional<tally::task> task{wait_twice(points, locals)};
  task->start([&](const std::exception_ptr&) { task.reset(); });
  points[0].resume();
  points[1].resume();
  CHECK_FALSE(task.has_value());
  CHECK(locals == 0);
}

TEST_CASE("a task that is destroyed before start() never runs", "[task]")
{
  resume_points points;
  int locals = 0;
  {
    const tally::task task = wait_twice(points, locals);
    CHECK(locals == 0);
  }
  CHECK(locals == 0);
}

TEST_CASE("destroying a task destroys its locals at each suspension point", "[task]")
{
  // At the first wait, at the second, and at the end.
  constexpr std::array<int, 3> expected_locals{1, 2, 0};
  for (std::size_t resumes = 0; resumes != expected_locals.size(); ++resumes) {
    resume_points points;
    int locals = 0;
    int completions = 0;
    {
      tally::task task = wait_twice(points, locals);
      task.start([&](const std::exception_ptr&) { ++completions; });
      for (std::size_t i = 0; i != resumes; ++i)
        points[i].resume();
      CHECK(locals == expected_locals[resumes]);
    }
    CHECK(locals == 0);
    CHECK(completions == (resumes == 2 ? 1 : 0));
  }
}

TEST_CASE("a task that is moved keeps its coroutine", "[task]")
{
  resume_points points;
  int locals = 0;
  tally::task assigned;
  {
    tally::task task = wait_twice(points, locals);
    task.start(ignore_error);
    tally::task constructed{std::move(task)};
    assigned = std::move(constructed);
  }
  CHECK(locals == 1);
  points[0].resume();
  CHECK(locals == 2);
  assigned = tally::task{};
  CHECK(locals == 0);
}
