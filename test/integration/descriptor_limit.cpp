#include "descriptor_limit.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace tally::test {

descriptor_limit::descriptor_limit(rlim_t minimum)
{
  ::getrlimit(RLIMIT_NOFILE, &original_);
  const rlimit raised{.rlim_cur = std::max(original_.rlim_cur, minimum),
                      .rlim_max = std::max(original_.rlim_max, minimum)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) < 0)
    throw std::system_error{errno, std::generic_category(), "ulimit -n " + std::to_string(minimum)};
}

descriptor_limit::~descriptor_limit()
{
  rlimit current{};
  ::getrlimit(RLIMIT_NOFILE, &current);
  current.rlim_cur = original_.rlim_cur;
  ::setrlimit(RLIMIT_NOFILE, &current);
}

} // namespace tally::test
