#pragma once

#include "history.hpp"

#include <string>
#include <vector>

namespace tally::test {

/// What is wrong with these answers, if Redis counted `total` visits from none: one line for each
/// promise that was broken; empty when all was kept.
///
/// - No number is shown twice, and none that Redis did not count to.
/// - A visit that begins after another's answer gets a larger number.
/// - Every number shown was counted, and nothing was counted but those and, once or not at all, the
///   visits answered 504 or not at all.
/// - Any other answer (503, 500) is to a visit that was not counted; so is no answer but these.
std::vector<std::string> complaints(const std::vector<answer>& answers, long long total);

/// The same for a Redis that lost visits meanwhile. Its total lacks what it lost, and numbers may
/// be left out, so the third promise is not checked.
std::vector<std::string> complaints_after_rollback(const std::vector<answer>& answers,
                                                   long long total);

} // namespace tally::test
