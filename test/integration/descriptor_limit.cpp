#include "descriptor_limit.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace tally::test {

descriptor_limit::descriptor_limit(rlim_t at_least)
{
  ::getrlimit(RLIMIT_NOFILE, &before_);
  const rlimit raised{.rlim_cur = std::max(before_.rlim_cur, at_least),
                      .rlim_max = std::max(before_.rlim_max, at_least)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) < 0)
    throw std::system_error{errno, std::generic_category(),
                            "ulimit -n " + std::to_string(at_least)};
}

descriptor_limit::~descriptor_limit()
{
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  now.rlim_cur = before_.rlim_cur;
  ::setrlimit(RLIMIT_NOFILE, &now);
}

} // namespace tally::test
