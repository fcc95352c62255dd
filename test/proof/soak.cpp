#include "soak.hpp"

#include "checker.hpp"
#include "counters.hpp"
#include "crowd.hpp"
#include "repeating_crowd.hpp"
#include "wait.hpp"

#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tally::test {

namespace {

constexpr std::chrono::seconds line_interval{5};

std::list<replica> start_replicas(int number, std::uint16_t redis_port)
{
  std::list<replica> replicas;
  for (int i = 0; i < number; ++i)
    replicas.emplace_back(redis_port);
  return replicas;
}

void print_row(std::string_view name, long long value)
{
  std::cout << "  " << std::left << std::setw(40) << name << std::right << std::setw(10) << value
            << '\n';
}

} // namespace

soak::soak(int replicas, std::uint_fast32_t seed)
    : replicas_{start_replicas(replicas, proxy_.port())}, injector_{redis_, proxy_, replicas_, seed}
{
}

bool soak::run(std::chrono::milliseconds duration)
{
  crowd visitors{ports(), outcomes_, 16};
  crowd visitors_of_many{ports(), outcomes_, 16, crowd::endless, numbered_counters(300)};
  repeating_crowd visitors_with_keys{
      ports(), keyed_outcomes_, 16, crowd::endless, {"keyed", "keyed/a", "keyed/b"}};
  disturb(duration);
  wait_until_recovered();
  visitors.request_stop();
  visitors_with_keys.request_stop();
  visitors_of_many.stop();
  visitors.wait();
  visitors_with_keys.wait();
  repetitions_ = visitors_with_keys.repetitions();
  for (auto& each : replicas_)
    each.drain_and_restart();
  const bool kept = print_table();
  return print_keys() && kept;
}

void soak::disturb(std::chrono::milliseconds duration)
{
  const auto begun = outcome::clock::now();
  auto next_line = begun + line_interval;
  while (outcome::clock::now() < begun + duration) {
    injector_.inject_one();
    if (outcome::clock::now() >= next_line) {
      print_line(outcome::clock::now() - begun);
      next_line += line_interval;
    }
    for (auto& each : replicas_)
      if (!each.running())
        throw std::runtime_error{"tally has exited:\n" + each.log()};
  }
  injector_.deliver_held_batches();
}

void soak::wait_until_recovered()
{
  for (auto& each : replicas_)
    each.wait_until_ready();
  const int before = outcomes_.count(200);
  if (!eventually([&] { return outcomes_.count(200) > before + 100; }))
    throw std::runtime_error{"tally does not count again after the last fault"};
}

std::vector<std::uint16_t> soak::ports() const
{
  std::vector<std::uint16_t> all_ports;
  for (const auto& each : replicas_)
    all_ports.push_back(each.port());
  return all_ports;
}

void soak::print_line(outcome::clock::duration elapsed) const
{
  int faults = 0;
  for (const auto& [name, times] : injector_.counts())
    faults += times;
  std::cout << std::setw(5) << std::chrono::duration_cast<std::chrono::seconds>(elapsed).count()
            << " s  " << outcomes_.summary() << "; " << faults << " faults, " << proxy_.duplicates()
            << " batches recognized by their record" << std::endl;
}

// Each visit with a key was repeated until it had a number.
bool soak::print_keys() const
{
  long long total = 0;
  for (const auto& each : keyed_outcomes_.counters())
    total += redis_.visits(each);
  const int keys = keyed_outcomes_.size();
  std::cout << "visits with a key, repeated until they have a number\n";
  print_row("keys", keys);
  print_row("repetitions", repetitions_);
  print_row("Redis total", total);
  auto violations = find_violations(keyed_outcomes_.all(), totals_in(redis_));
  if (keyed_outcomes_.count(200) != keys || total != keys)
    violations.push_back("not each key was counted once: " + keyed_outcomes_.summary());
  for (const auto& each : violations)
    std::cout << "  WRONG: " << each << '\n';
  std::cout << "  verdict: " << (violations.empty() ? "each key counted once" : "promises broken")
            << '\n'
            << std::endl;
  return violations.empty();
}

bool soak::print_table() const
{
  const auto counters = outcomes_.counters();
  long long total = 0;
  for (const auto& each : counters)
    total += redis_.visits(each);
  const auto shown = outcomes_.count(200);
  const auto unknown = outcomes_.count(504) + outcomes_.count(outcome::lost);
  std::cout << "\nhistory with " << replicas_.size()
            << (replicas_.size() == 1 ? " replica\n" : " replicas\n");
  print_row("counters", static_cast<long long>(counters.size()));
  print_row("answered 200: a number shown", shown);
  print_row("answered 503: not counted", outcomes_.count(503));
  print_row("answered 500: not counted", outcomes_.count(500));
  print_row("answered 504: once or not at all", outcomes_.count(504));
  print_row("lost: once or not at all", outcomes_.count(outcome::lost));
  print_row("slowest response, ms", outcomes_.slowest().count());
  print_row("batches sent, including resent ones", proxy_.batches());
  print_row("batches recognized by their record", proxy_.duplicates());
  print_row("batches delivered late", static_cast<long long>(injector_.late_batches()));
  std::cout << "  faults\n";
  for (const auto& [name, times] : injector_.counts())
    print_row("  " + name, times);
  print_row("Redis total", total);
  print_row("at least (shown)", shown);
  print_row("at most (shown + 504 + lost)", shown + unknown);
  const auto violations = find_violations(outcomes_.all(), totals_in(redis_));
  for (const auto& each : violations)
    std::cout << "  WRONG: " << each << '\n';
  std::cout << "  verdict: " << (violations.empty() ? "every promise kept" : "promises broken")
            << '\n'
            << std::endl;
  return violations.empty();
}

} // namespace tally::test
