#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

struct soak_options {
  std::chrono::seconds duration{300}; ///< of all histories together
  std::vector<int> replicas{1, 3};    ///< one history for each number
  std::uint_fast32_t seed = std::random_device{}();
  int reconnects = 0; ///< if not 0, runs the reconnection test instead
};

extern const std::string_view soak_usage;

/// Throws std::invalid_argument or std::out_of_range for an argument that is not valid.
soak_options parse_soak_options(const std::vector<std::string>& arguments);

} // namespace tally::test
