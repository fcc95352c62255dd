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

std::vector<outcome> select_shown(const std::vector<outcome>& outcomes)
{
  std::vector<outcome> shown;
  std::ranges::copy_if(outcomes, std::back_inserter(shown),
                       [](const outcome& each) { return each.status == 200; });
  return shown;
}

void check_statuses(const std::vector<outcome>& outcomes, std::vector<std::string>& violations)
{
  static const std::set<int> promised{outcome::lost, 200, 403, 500, 503, 504};
  std::map<int, int> others;
  for (const outcome& each : outcomes)
    if (!promised.contains(each.status))
      ++others[each.status];
  for (const auto& [status, times] : others)
    violations.push_back(text(times) + " visits were answered " + text(status) +
                         ", a status that Tally does not promise");
}

void check_numbers(const std::vector<outcome>& shown, long long total,
                   std::vector<std::string>& violations)
{
  std::map<long long, int> times;
  for (const outcome& each : shown)
    ++times[each.number];
  for (const auto& [number, count] : times) {
    if (count > 1)
      violations.push_back("number " + text(number) + " was shown " +
                           (count == 2 ? "twice" : text(count) + " times"));
    if (number < 1 || number > total)
      violations.push_back("number " + text(number) + " was shown, but Redis counted from 1 to " +
                           text(total));
  }
}

void check_order(const std::vector<outcome>& shown, std::vector<std::string>& violations)
{
  auto by_begin = shown;
  auto by_end = shown;
  std::ranges::sort(by_begin, {}, &outcome::begun);
  std::ranges::sort(by_end, {}, &outcome::ended);
  auto ended = by_end.begin();
  long long largest = 0; // of the visits that ended before the current one began
  for (const outcome& each : by_begin) {
    for (; ended != by_end.end() && ended->ended < each.begun; ++ended)
      largest = std::max(largest, ended->number);
    if (each.number < largest)
      violations.push_back("number " + text(each.number) + " was shown after number " +
                           text(largest));
  }
}

void check_total(const std::vector<outcome>& outcomes, long long shown, long long total,
                 std::vector<std::string>& violations)
{
  const auto unknown = std::ranges::count_if(outcomes, [](const outcome& each) {
    return each.status == 504 || each.status == outcome::lost;
  });
  if (total < shown)
    violations.push_back("the total " + text(total) + " is too small: " + text(shown) +
                         " numbers were shown");
  if (total > shown + unknown)
    violations.push_back(
        "the total " + text(total) + " is too large: " + text(shown) + " numbers were shown and " +
        text(unknown) +
        " visits were answered 504 or not at all; a visit was counted more than once, or a refused "
        "visit was counted");
}

std::vector<std::string> check_counter(const std::vector<outcome>& outcomes, long long total,
                                       bool rolled_back)
{
  std::vector<std::string> violations;
  const auto shown = select_shown(outcomes);
  check_statuses(outcomes, violations);
  check_numbers(shown, total, violations);
  check_order(shown, violations);
  if (!rolled_back)
    check_total(outcomes, static_cast<long long>(shown.size()), total, violations);
  return violations;
}

std::vector<std::string> check_each_counter(const std::vector<outcome>& outcomes,
                                            const find_total& total, bool rolled_back)
{
  std::map<std::string, std::vector<outcome>> by_counter;
  for (const outcome& each : outcomes)
    by_counter[each.counter].push_back(each);
  std::vector<std::string> violations;
  for (const auto& [counter, visits] : by_counter)
    for (const auto& each : check_counter(visits, total(counter), rolled_back))
      violations.push_back(counter + ": " + each);
  return violations;
}

} // namespace

std::vector<std::string> find_violations(const std::vector<outcome>& outcomes,
                                         const find_total& total)
{
  return check_each_counter(outcomes, total, false);
}

std::vector<std::string> find_violations_after_rollback(const std::vector<outcome>& outcomes,
                                                        const find_total& total)
{
  return check_each_counter(outcomes, total, true);
}

} // namespace tally::test
