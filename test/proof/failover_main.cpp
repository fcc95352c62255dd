// Causes fail-overs of a master with two replicas and three sentinels, under load, and checks the
// recorded history.

#include "failover.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

constexpr const char* usage =
    "usage: tally_failover [SECONDS] [--replicas N] [--seed N]\n"
    "Causes each fault once; with SECONDS, random ones for that time. N (2) is\n"
    "TALLY_REDIS_REPLICAS. Fails if a promise was broken while all replicas confirmed, N = 2: "
    "with\n"
    "fewer it only prints how many numbers were shown twice.\n";

struct options {
  std::optional<std::chrono::seconds> duration{};
  int replicas = 2;
  std::uint_fast32_t seed = std::random_device{}();
};

options parse(const std::vector<std::string>& arguments)
{
  options parsed;
  for (auto word = arguments.begin(); word != arguments.end(); ++word) {
    const auto& name = *word;
    if (!name.starts_with("--")) {
      parsed.duration = std::chrono::seconds{std::stoul(name)};
      continue;
    }
    if (++word == arguments.end())
      throw std::invalid_argument{name};
    if (name == "--replicas")
      parsed.replicas = std::stoi(*word);
    else if (name == "--seed")
      parsed.seed = std::stoul(*word);
    else
      throw std::invalid_argument{name};
  }
  return parsed;
}

void cause_random_faults(failover_proof& proof, const options& chosen)
{
  std::cout << "seed " << chosen.seed << std::endl;
  std::mt19937 random{chosen.seed};
  std::uniform_int_distribution<std::size_t> any{0, failover_fault_count - 1};
  const auto end = std::chrono::steady_clock::now() + *chosen.duration;
  while (std::chrono::steady_clock::now() < end)
    proof.run(static_cast<failover_fault>(any(random)));
}

bool run(const options& chosen)
{
  failover_proof proof{chosen.replicas};
  if (chosen.duration)
    cause_random_faults(proof, chosen);
  else
    for (std::size_t i = 0; i != failover_fault_count; ++i)
      proof.run(static_cast<failover_fault>(i));
  const auto violations = proof.finish();
  if (chosen.replicas < 2) {
    std::cout << proof.repeated_numbers() << " numbers were shown more than once\n";
    return true;
  }
  for (const auto& each : violations)
    std::cout << "WRONG: " << each << '\n';
  return violations.empty();
}

} // namespace

int main(int argc, char** argv)
{
  options chosen;
  try {
    chosen = parse({argv + 1, argv + argc});
  } catch (const std::exception&) {
    std::cerr << usage;
    return 2;
  }
  try {
    return run(chosen) ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
