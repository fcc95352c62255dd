#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdlib>
#include <iostream>

/// Aborts if `condition` is false, so that the fuzzer keeps the input.
inline void require(bool condition, boost::source_location location = BOOST_CURRENT_LOCATION)
{
  if (condition)
    return;
  std::cerr << location.file_name() << ':' << location.line() << ": condition is false\n";
  std::abort();
}
