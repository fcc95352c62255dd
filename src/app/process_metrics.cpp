#include "app/process_metrics.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tally {
namespace {

std::string read_file(const char* path)
{
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Fields of /proc/self/stat, with their numbers in proc(5).
struct process_status {
  std::uint64_t user_ticks = 0;   // 14
  std::uint64_t system_ticks = 0; // 15
  std::uint64_t start_ticks = 0;  // 22, since boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

std::optional<process_status> read_status()
{
  const std::string text = read_file("/proc/self/stat");
  // Field 2, the name in parentheses, may contain spaces.
  const auto name_end = text.rfind(')');
  if (name_end == text.npos)
    return std::nullopt;
  std::istringstream fields{text.substr(name_end + 1)};
  std::string ignored;
  const auto skip = [&](int count) {
    while (count-- > 0)
      fields >> ignored;
  };
  process_status status;
  skip(11);
  fields >> status.user_ticks >> status.system_ticks;
  skip(6);
  fields >> status.start_ticks >> status.virtual_bytes >> status.resident_pages;
  return fields ? std::optional{status} : std::nullopt;
}

// In seconds since 1970.
std::optional<double> boot_time()
{
  const std::string text = read_file("/proc/stat");
  const auto position = text.find("\nbtime ");
  return position == text.npos ? std::nullopt : std::optional{std::stod(text.substr(position + 7))};
}

// Since Linux 6.2 it is the size of the folder, which takes neither a descriptor nor a walk through
// the entries.
std::optional<std::uint64_t> open_descriptors()
{
  struct stat folder {};
  if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
    return static_cast<std::uint64_t>(folder.st_size);
  std::error_code error;
  const std::filesystem::directory_iterator entries{"/proc/self/fd", error};
  if (error)
    return std::nullopt;
  // One is that of the iterator itself.
  return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries))) - 1;
}

} // namespace

void write_process_metrics(prometheus_text& output)
{
  if (const auto status = read_status()) {
    const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const auto cpu_ticks = static_cast<double>(status->user_ticks + status->system_ticks);
    output.metric("process_cpu_seconds_total", "counter", "User and system CPU time.")
        .sample(cpu_ticks / ticks_per_second)
        .metric("process_virtual_memory_bytes", "gauge", "Virtual memory.")
        .sample(status->virtual_bytes)
        .metric("process_resident_memory_bytes", "gauge", "Resident memory.")
        .sample(status->resident_pages * page);
    // Read once: a step of the clock would change it.
    static const std::optional<double> boot = boot_time();
    if (boot)
      output.metric("process_start_time_seconds", "gauge", "Start time, since the Unix epoch.")
          .sample(*boot + static_cast<double>(status->start_ticks) / ticks_per_second);
  }
  if (const auto descriptors = open_descriptors())
    output.metric("process_open_fds", "gauge", "Open file descriptors.").sample(*descriptors);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    output.metric("process_max_fds", "gauge", "The limit of open file descriptors.")
        .sample(static_cast<std::uint64_t>(limit.rlim_cur));
}

} // namespace tally
