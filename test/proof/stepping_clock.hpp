#pragma once

#include "process.hpp"
#include "temporary_folder.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace tally::test {

/// A wall clock that a test can step, for a process that is started with variables(). Does not
/// affect the monotonic clock.
class stepping_clock {
public:
  stepping_clock() { write(); }

  environment variables() const
  {
    return {{"LD_PRELOAD", TALLY_CLOCK_SHIM}, {"TALLY_TEST_CLOCK", file().string()}};
  }

  void step(std::chrono::milliseconds duration)
  {
    offset_ms_ += duration.count();
    write();
  }

private:
  std::filesystem::path file() const { return folder_.path() / "offset_ms"; }

  // Overwrites the file in place, because the process has mapped it.
  void write() const
  {
    const int descriptor = ::open(file().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor < 0 || ::write(descriptor, &offset_ms_, sizeof offset_ms_) != sizeof offset_ms_)
      throw std::system_error{errno, std::generic_category(), file().string()};
    ::close(descriptor);
  }

  temporary_folder folder_;
  std::int64_t offset_ms_ = 0;
};

} // namespace tally::test
