#include "soak_options.hpp"

#include <cstddef>
#include <stdexcept>

namespace tally::test {

namespace {

unsigned long parse_number(const std::string& text)
{
  std::size_t end = 0;
  const auto value = std::stoul(text, &end);
  if (end != text.size() || value == 0)
    throw std::invalid_argument{text};
  return value;
}

} // namespace

const std::string_view soak_usage =
    "usage: tally_soak [SECONDS] [--replicas N] [--seed N]\n"
    "       tally_soak --reconnects N\n"
    "SECONDS (300) are divided between a history with 1 replica and one with 3; with --replicas,\n"
    "a single history takes all of them. --reconnects instead cuts Tally's connections N times "
    "and\n"
    "prints its descriptors and its memory before and after.\n";

soak_options parse_soak_options(const std::vector<std::string>& arguments)
{
  soak_options options;
  for (auto word = arguments.begin(); word != arguments.end(); ++word) {
    const bool option = word->starts_with("--");
    const auto& name = *word;
    if (option && ++word == arguments.end())
      throw std::invalid_argument{name};
    if (!option)
      options.duration = std::chrono::seconds{parse_number(name)};
    else if (name == "--replicas")
      options.replicas = {static_cast<int>(parse_number(*word))};
    else if (name == "--seed")
      options.seed = parse_number(*word);
    else if (name == "--reconnects")
      options.reconnects = static_cast<int>(parse_number(*word));
    else
      throw std::invalid_argument{name};
  }
  return options;
}

} // namespace tally::test
