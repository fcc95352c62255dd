#pragma once

#include <sys/resource.h>

namespace tally::test {

/// Lets this process, and those that it starts, open so many descriptors while this object lives.
class descriptor_limit {
public:
  /// Throws when the system allows fewer.
  explicit descriptor_limit(rlim_t at_least);
  ~descriptor_limit();
  descriptor_limit(const descriptor_limit&) = delete;
  descriptor_limit& operator=(const descriptor_limit&) = delete;

private:
  rlimit before_{};
};

} // namespace tally::test
