#pragma once

#include <sys/resource.h>

namespace tally::test {

/// Raises the limit of open descriptors, for this process and its children, while this object
/// exists.
class descriptor_limit {
public:
  /// Throws when the system does not allow `minimum` descriptors.
  explicit descriptor_limit(rlim_t minimum);
  ~descriptor_limit();
  descriptor_limit(const descriptor_limit&) = delete;
  descriptor_limit& operator=(const descriptor_limit&) = delete;

private:
  rlimit original_{};
};

} // namespace tally::test
