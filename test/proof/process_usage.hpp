#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/types.h>

namespace tally::test {

struct process_usage {
  std::size_t descriptors;
  long long resident_kib;
};

/// Reads the usage of a running process from /proc.
inline process_usage read_usage(pid_t id)
{
  const auto folder = std::filesystem::path{"/proc"} / std::to_string(id);
  process_usage usage{};
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{folder / "fd"})
    ++usage.descriptors;
  std::ifstream status{folder / "status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:")
      status >> usage.resident_kib;
  return usage;
}

} // namespace tally::test
