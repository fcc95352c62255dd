#include "catch.hpp"
#include "checker.hpp"
#include "text.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Sequential visits, each answered before the next begins. A 0 stands for a visit without a number,
// which has the status `otherwise`.
std::vector<outcome> sequential(const std::vector<long long>& numbers, int otherwise = 503)
{
  std::vector<outcome> outcomes;
  outcome::clock::time_point now{};
  for (const long long number : numbers) {
    outcomes.push_back({now, now + std::chrono::milliseconds{1}, number ? 200 : otherwise, number});
    now += std::chrono::milliseconds{2};
  }
  return outcomes;
}

// The same visits, but all begin together.
std::vector<outcome> simultaneous(const std::vector<long long>& numbers)
{
  auto outcomes = sequential(numbers);
  for (outcome& each : outcomes)
    each.begun = {};
  return outcomes;
}

// The same total for each counter.
find_total all(long long total)
{
  return [total](const std::string&) { return total; };
}

std::string only_violation(const std::vector<outcome>& outcomes, long long total)
{
  const auto violations = find_violations(outcomes, all(total));
  INFO(Catch::StringMaker<std::vector<std::string>>::convert(violations));
  REQUIRE(violations.size() == 1);
  return violations.front();
}

} // namespace

TEST_CASE("the checker accepts a history that keeps every promise", "[checker]")
{
  CHECK(find_violations({}, all(0)).empty());
  CHECK(find_violations(sequential({1, 2, 3}), all(3)).empty());
  CHECK(find_violations(simultaneous({3, 1, 2}), all(3)).empty());
  CHECK(find_violations(sequential({1, 0, 2, 0, 0, 3}), all(3)).empty());
  CHECK(find_violations(sequential({0, 0}, 500), all(0)).empty());
}

TEST_CASE("the checker accepts a visit of unknown outcome that was counted once or not at all",
          "[checker]")
{
  for (const int status : {504, outcome::lost}) {
    CHECK(find_violations(sequential({1, 0, 2}, status), all(2)).empty());
    CHECK(find_violations(sequential({1, 0, 3}, status), all(3)).empty());
    CHECK(contains(only_violation(sequential({1, 0, 3}, status), 4), "the total 4 is too large"));
  }
}

TEST_CASE("the checker reports a visit that was counted twice", "[checker]")
{
  CHECK(contains(only_violation(sequential({1, 2, 4}), 4), "the total 4 is too large"));
}

TEST_CASE("the checker reports a refused visit that was counted", "[checker]")
{
  CHECK(contains(only_violation(sequential({1, 0, 3}), 3), "the total 3 is too large"));
}

TEST_CASE("the checker reports a number that was shown and then lost", "[checker]")
{
  const auto violations = find_violations(sequential({1, 2, 3}), all(2));
  REQUIRE(violations.size() == 2);
  CHECK(violations[0] == "visits: number 3 was shown, but Redis counted from 1 to 2");
  CHECK(contains(violations[1], "the total 2 is too small"));
}

TEST_CASE("the checker reports a number that was shown twice", "[checker]")
{
  CHECK(only_violation(simultaneous({1, 2, 2}), 3) == "visits: number 2 was shown twice");
  CHECK(contains(only_violation(simultaneous({2, 2, 2}), 3), "number 2 was shown 3 times"));
}

TEST_CASE("the checker reports a number smaller than one shown earlier", "[checker]")
{
  CHECK(only_violation(sequential({1, 3, 2}), 3) == "visits: number 2 was shown after number 3");
}

TEST_CASE("the checker reports a status that Tally does not promise", "[checker]")
{
  CHECK(contains(only_violation(sequential({1, 0}, 502), 1), "answered 502"));
}

TEST_CASE("after a rollback, the checker accepts skipped but not repeated numbers", "[checker]")
{
  CHECK(find_violations_after_rollback(sequential({1, 2, 7}), all(7)).empty());
  CHECK(find_violations_after_rollback(simultaneous({3, 2, 2}), all(3)) ==
        std::vector<std::string>{"visits: number 2 was shown twice"});
  CHECK(find_violations_after_rollback(sequential({3, 1}), all(3)) ==
        std::vector<std::string>{"visits: number 1 was shown after number 3"});
}

TEST_CASE("the checker checks each counter by itself", "[checker]")
{
  auto outcomes = sequential({1, 2, 3, 1, 2, 0}, 403);
  for (auto each = outcomes.begin() + 3; each != outcomes.end(); ++each)
    each->counter = "page";
  const auto totals = [](long long visits, long long page) {
    return [=](const std::string& counter) { return counter == "page" ? page : visits; };
  };
  CHECK(find_violations(outcomes, totals(3, 2)).empty());
  const auto violations = find_violations(outcomes, totals(3, 3));
  REQUIRE(violations.size() == 1);
  CHECK(violations.front().starts_with("page: the total 3 is too large"));
  CHECK(find_violations(outcomes, totals(2, 2)).size() == 2);
}
