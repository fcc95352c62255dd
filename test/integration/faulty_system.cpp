// Replaces functions of the C library, to simulate failures and a large machine. The linker prefers
// these functions to the library's. Each is controlled by an environment variable and calls the
// library's function when the variable is not set.

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

namespace {

template <class Function>
Function* next(const char* name)
{
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

// FAULTY_ADDRESSES: the addresses of every name in .test, in order; "never": it does not return.
int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result)
{
  const auto real = next<decltype(getaddrinfo)>("getaddrinfo");
  const char* const addresses = std::getenv("FAULTY_ADDRESSES");
  if (!addresses || !name || !std::string_view{name}.ends_with(".test"))
    return real(name, service, hints, result);
  if (std::string{addresses} == "never")
    for (;;)
      pause();
  std::istringstream list{addresses};
  addrinfo** end = result;
  *end = nullptr;
  for (std::string address; std::getline(list, address, ',');) {
    if (const int error = real(address.c_str(), service, hints, end))
      return error;
    while (*end)
      end = &(*end)->ai_next;
  }
  return 0;
}

// FAULTY_THREADS: the number of threads that can be started.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument)
{
  static std::atomic<int> started{0};
  const char* const limit = std::getenv("FAULTY_THREADS");
  if (limit && started++ >= std::stoi(limit))
    return EAGAIN;
  return next<decltype(pthread_create)>("pthread_create")(thread, attributes, start, argument);
}

// FAULTY_CORES: the number of cores that the process may run on.
int sched_getaffinity(pid_t process, size_t size, cpu_set_t* set) noexcept
{
  const char* const cores = std::getenv("FAULTY_CORES");
  if (!cores)
    return next<decltype(sched_getaffinity)>("sched_getaffinity")(process, size, set);
  CPU_ZERO_S(size, set);
  for (std::size_t core = 0; core != std::strtoul(cores, nullptr, 10); ++core)
    CPU_SET_S(core, size, set);
  return 0;
}

// FAULTY_LIMITS: if set, no limit can be changed.
int setrlimit(__rlimit_resource_t resource, const rlimit* limit) noexcept
{
  if (!std::getenv("FAULTY_LIMITS"))
    return next<decltype(setrlimit)>("setrlimit")(resource, limit);
  errno = EPERM;
  return -1;
}
}
