#pragma once

#include <exception>

/// A completion handler for tasks whose outcome does not matter.
inline void ignore_error(const std::exception_ptr&) {}
