#pragma once

#include "catch.hpp"
#include "tcp_listener.hpp"
#include "tcp_stream.hpp"

#include <cerrno>
#include <system_error>

namespace tally::test {

/// Whether this machine has ::1. If not, it warns, and ctest reports the test as skipped: Catch2
/// 2.13 has no SKIP. Only for tests whose every check needs IPv6, since a skipped test cannot fail.
inline bool has_ipv6()
{
  const reserved_port closed; // refuses connections
  try {
    tcp_stream{closed.number(), "::1"};
  } catch (const std::system_error& error) {
    if (error.code().value() == ECONNREFUSED)
      return true;
    WARN("not tested: no IPv6 here: " << error.code().message());
    return false;
  }
  return true;
}

} // namespace tally::test
