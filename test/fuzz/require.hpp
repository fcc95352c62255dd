#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdlib>
#include <iostream>

/// What has to hold for every input; where it does not, the fuzzer keeps the input.
inline void require(bool holds, boost::source_location where = BOOST_CURRENT_LOCATION)
{
  if (holds)
    return;
  std::cerr << where.file_name() << ':' << where.line() << ": does not hold\n";
  std::abort();
}
