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

/// A wall clock that steps when the test wants it to, for a process that is started with
/// variables(). Its monotonic clock stays as it is.
class stepping_clock {
public:
  stepping_clock() { write(); }

  environment variables() const
  {
    return {{"LD_PRELOAD", TALLY_CLOCK_SHIM}, {"TALLY_TEST_CLOCK", file().string()}};
  }

  void step(std::chrono::milliseconds time)
  {
    offset_ms_ += time.count();
    write();
  }

private:
  std::filesystem::path file() const { return folder_.path() / "offset_ms"; }

  // Overwrites the file in place, since the process has mapped it.
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
