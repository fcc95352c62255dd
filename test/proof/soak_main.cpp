// Injects random faults of all kinds for a given time and checks the recorded history.

#include "reconnect.hpp"
#include "soak.hpp"
#include "soak_options.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

using namespace tally::test;

int main(int argc, char** argv)
{
  soak_options options;
  try {
    options = parse_soak_options({argv + 1, argv + argc});
  } catch (const std::exception&) {
    std::cerr << soak_usage;
    return 2;
  }
  try {
    if (options.reconnects)
      return run_reconnects(options.reconnects) ? EXIT_SUCCESS : EXIT_FAILURE;
    std::cout << "seed " << options.seed << std::endl;
    bool kept = true;
    for (const int replicas : options.replicas)
      kept &= soak{replicas, options.seed + static_cast<unsigned>(replicas)}.run(
          options.duration / options.replicas.size());
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
