#include "checker.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace tally::test {

namespace {

std::string text(long long number)
{
  return std::to_string(number);
}

std::vector<answer> only_shown(const std::vector<answer>& answers)
{
  std::vector<answer> shown;
  std::ranges::copy_if(answers, std::back_inserter(shown),
                       [](const answer& each) { return each.status == 200; });
  return shown;
}

void check_statuses(const std::vector<answer>& answers, std::vector<std::string>& wrong)
{
  static const std::set<int> promised{answer::lost, 200, 500, 503, 504};
  std::map<int, int> others;
  for (const answer& each : answers)
    if (!promised.contains(each.status))
      ++others[each.status];
  for (const auto& [status, times] : others)
    wrong.push_back(text(times) + " visits were answered " + text(status) +
                    ", which promises nothing");
}

void check_numbers(const std::vector<answer>& shown, long long total,
                   std::vector<std::string>& wrong)
{
  std::map<long long, int> times;
  for (const answer& each : shown)
    ++times[each.number];
  for (const auto& [number, count] : times) {
    if (count > 1)
      wrong.push_back("number " + text(number) + " was shown " +
                      (count == 2 ? "twice" : text(count) + " times"));
    if (number < 1 || number > total)
      wrong.push_back("number " + text(number) + " was shown, but Redis counted from 1 to " +
                      text(total));
  }
}

void check_order(const std::vector<answer>& shown, std::vector<std::string>& wrong)
{
  auto by_begin = shown;
  auto by_end = shown;
  std::ranges::sort(by_begin, {}, &answer::begun);
  std::ranges::sort(by_end, {}, &answer::ended);
  auto ended = by_end.begin();
  long long largest = 0; // of the visits that ended before this one began
  for (const answer& each : by_begin) {
    for (; ended != by_end.end() && ended->ended < each.begun; ++ended)
      largest = std::max(largest, ended->number);
    if (each.number < largest)
      wrong.push_back("number " + text(each.number) + " was shown after number " + text(largest));
  }
}

void check_total(const std::vector<answer>& answers, long long shown, long long total,
                 std::vector<std::string>& wrong)
{
  const auto open = std::ranges::count_if(answers, [](const answer& each) {
    return each.status == 504 || each.status == answer::lost;
  });
  if (total < shown)
    wrong.push_back("the total " + text(total) + " is too small: " + text(shown) +
                    " numbers were shown");
  if (total > shown + open)
    wrong.push_back("the total " + text(total) + " is too large: " + text(shown) +
                    " numbers were shown and " + text(open) +
                    " visits answered 504 or not at all; more than one count for a visit, or one "
                    "for a visit that was refused");
}

} // namespace

std::vector<std::string> complaints(const std::vector<answer>& answers, long long total)
{
  auto wrong = complaints_after_rollback(answers, total);
  check_total(answers, static_cast<long long>(only_shown(answers).size()), total, wrong);
  return wrong;
}

std::vector<std::string> complaints_after_rollback(const std::vector<answer>& answers,
                                                   long long total)
{
  std::vector<std::string> wrong;
  const auto shown = only_shown(answers);
  check_statuses(answers, wrong);
  check_numbers(shown, total, wrong);
  check_order(shown, wrong);
  return wrong;
}

} // namespace tally::test
