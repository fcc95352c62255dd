// Preloaded into redis-server: adds to its wall clock the milliseconds that are currently in the
// file that TALLY_TEST_CLOCK names; see stepping_clock.hpp.
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

const volatile std::int64_t* offset_ms = nullptr;

[[gnu::constructor]] void map_offset()
{
  const char* const file = std::getenv("TALLY_TEST_CLOCK");
  const int descriptor = file ? ::open(file, O_RDONLY | O_CLOEXEC) : -1;
  if (descriptor < 0)
    return;
  void* const page = ::mmap(nullptr, sizeof *offset_ms, PROT_READ, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (page != MAP_FAILED)
    offset_ms = static_cast<std::int64_t*>(page);
}

// Calls the kernel directly, because the functions below replace libc's. Async-signal-safe.
int read_clock(clockid_t clock, timespec* now)
{
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && offset_ms && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    const std::int64_t milliseconds = *offset_ms;
    now->tv_sec += milliseconds / 1000;
    now->tv_nsec += milliseconds % 1000 * 1'000'000;
    if (now->tv_nsec >= 1'000'000'000) {
      now->tv_nsec -= 1'000'000'000;
      ++now->tv_sec;
    }
  }
  return result;
}

} // namespace

extern "C" {

[[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec* now) noexcept
{
  return read_clock(clock, now);
}

[[gnu::visibility("default")]] int gettimeofday(timeval* __restrict now, void* __restrict) noexcept
{
  timespec precise;
  const int result = read_clock(CLOCK_REALTIME, &precise);
  if (now)
    *now = {precise.tv_sec, precise.tv_nsec / 1000};
  return result;
}

[[gnu::visibility("default")]] time_t time(time_t* now) noexcept
{
  timespec precise;
  read_clock(CLOCK_REALTIME, &precise);
  if (now)
    *now = precise.tv_sec;
  return precise.tv_sec;
}
}
