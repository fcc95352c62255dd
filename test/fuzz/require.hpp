#pragma once

#include <cstdlib>
#include <iostream>
#include <source_location>

/// What has to hold for every input; where it does not, the fuzzer keeps the input.
inline void require(bool holds, std::source_location where = std::source_location::current())
{
  if (holds)
    return;
  std::cerr << where.file_name() << ':' << where.line() << ": does not hold\n";
  std::abort();
}
