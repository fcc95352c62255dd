#include "catch.hpp"
#include "checker.hpp"
#include "text.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

// Visits one after another, each answered before the next begins; 0 where no number was shown.
std::vector<answer> one_by_one(const std::vector<long long>& numbers, int otherwise = 503)
{
  std::vector<answer> answers;
  answer::clock::time_point now{};
  for (const long long number : numbers) {
    answers.push_back({now, now + std::chrono::milliseconds{1}, number ? 200 : otherwise, number});
    now += std::chrono::milliseconds{2};
  }
  return answers;
}

// The same, all at once.
std::vector<answer> at_once(const std::vector<long long>& numbers)
{
  auto answers = one_by_one(numbers);
  for (answer& each : answers)
    each.begun = {};
  return answers;
}

std::string only_complaint(const std::vector<answer>& answers, long long total)
{
  const auto wrong = complaints(answers, total);
  INFO(Catch::StringMaker<std::vector<std::string>>::convert(wrong));
  REQUIRE(wrong.size() == 1);
  return wrong.front();
}

} // namespace

TEST_CASE("a history that keeps the promises raises no complaint", "[checker]")
{
  CHECK(complaints({}, 0).empty());
  CHECK(complaints(one_by_one({1, 2, 3}), 3).empty());
  CHECK(complaints(at_once({3, 1, 2}), 3).empty());
  CHECK(complaints(one_by_one({1, 0, 2, 0, 0, 3}), 3).empty());
  CHECK(complaints(one_by_one({0, 0}, 500), 0).empty());
}

TEST_CASE("a visit without an outcome was counted once or not at all", "[checker]")
{
  for (const int status : {504, answer::lost}) {
    CHECK(complaints(one_by_one({1, 0, 2}, status), 2).empty());
    CHECK(complaints(one_by_one({1, 0, 3}, status), 3).empty());
    CHECK(contains(only_complaint(one_by_one({1, 0, 3}, status), 4), "the total 4 is too large"));
  }
}

TEST_CASE("a visit that was counted twice is found", "[checker]")
{
  CHECK(contains(only_complaint(one_by_one({1, 2, 4}), 4), "the total 4 is too large"));
}

TEST_CASE("a refused visit that was counted is found", "[checker]")
{
  CHECK(contains(only_complaint(one_by_one({1, 0, 3}), 3), "the total 3 is too large"));
}

TEST_CASE("a number that was shown and lost is found", "[checker]")
{
  const auto wrong = complaints(one_by_one({1, 2, 3}), 2);
  REQUIRE(wrong.size() == 2);
  CHECK(wrong[0] == "number 3 was shown, but Redis counted from 1 to 2");
  CHECK(contains(wrong[1], "the total 2 is too small"));
}

TEST_CASE("a number that was shown twice is found", "[checker]")
{
  CHECK(only_complaint(at_once({1, 2, 2}), 3) == "number 2 was shown twice");
  CHECK(contains(only_complaint(at_once({2, 2, 2}), 3), "number 2 was shown 3 times"));
}

TEST_CASE("a number smaller than one that was shown before is found", "[checker]")
{
  CHECK(only_complaint(one_by_one({1, 3, 2}), 3) == "number 2 was shown after number 3");
}

TEST_CASE("an answer that promises nothing is found", "[checker]")
{
  CHECK(contains(only_complaint(one_by_one({1, 0}, 502), 1), "answered 502"));
}

TEST_CASE("after a rollback, numbers may be left out and none shown twice", "[checker]")
{
  CHECK(complaints_after_rollback(one_by_one({1, 2, 7}), 7).empty());
  CHECK(complaints_after_rollback(at_once({3, 2, 2}), 3) ==
        std::vector<std::string>{"number 2 was shown twice"});
  CHECK(complaints_after_rollback(one_by_one({3, 1}), 3) ==
        std::vector<std::string>{"number 1 was shown after number 3"});
}
