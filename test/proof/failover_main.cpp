// Causes fail-overs of a master with two replicas and three sentinels, or in a cluster, under load,
// and checks the recorded history.

#include "cluster_failover.hpp"
#include "failover.hpp"
#include "sentinel_failover.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tally::test;

namespace {

constexpr const char* usage =
    "usage: tally_failover [SECONDS] [--cluster] [--replicas N] [--seed N]\n"
    "Causes each fault once; with SECONDS, random ones for that time. There are three sentinels "
    "and\n"
    "a master with two replicas; with --cluster, three masters with a replica each. N is\n"
    "TALLY_REDIS_REPLICAS. Fails if a promise was broken while all replicas confirmed, as without\n"
    "--replicas: with fewer it only prints how many numbers were shown twice.\n";

struct options {
  std::optional<std::chrono::seconds> duration{};
  bool cluster = false;
  std::optional<int> replicas{};
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
    if (name == "--cluster") {
      parsed.cluster = true;
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
  const auto faults = proof.faults();
  std::uniform_int_distribution<std::size_t> any{0, faults.size() - 1};
  const auto end = std::chrono::steady_clock::now() + *chosen.duration;
  while (std::chrono::steady_clock::now() < end)
    proof.run(faults.at(any(random)));
}

bool run(const options& chosen)
{
  std::unique_ptr<failover_proof> proof;
  if (chosen.cluster)
    proof = std::make_unique<cluster_failover>();
  else
    proof = std::make_unique<sentinel_failover>();
  const int replicas = chosen.replicas.value_or(proof->all_replicas());
  proof->start(replicas);
  if (chosen.duration)
    cause_random_faults(*proof, chosen);
  else
    for (const auto& each : proof->faults())
      proof->run(each);
  const auto violations = proof->finish();
  if (replicas < proof->all_replicas()) {
    std::cout << proof->repeated_numbers() << " numbers were shown more than once\n";
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
