#pragma once

#include "history.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tally::test {

/// Returns the total of a counter in Redis.
using find_total = std::function<long long(const std::string& counter)>;

/// Checks the promises on a history that began with an empty Redis, for each counter by itself.
/// Redis counted `total` visits of a counter. Returns one line for each violation; empty when every
/// promise was kept. The promises:
///
/// - No number is shown twice, and every number shown is from 1 to `total`.
/// - A visit that begins after the response to another gets a larger number.
/// - A visit with a number was counted once; a visit that was answered 504, or got no response, at
///   most once. `total` is the number of counted visits of both kinds.
/// - A visit that was answered 503, 500 or 403 was not counted. No visit has another status.
std::vector<std::string> find_violations(const std::vector<outcome>& outcomes,
                                         const find_total& total);

/// As find_violations, for a Redis that lost visits during the history. Its total lacks the lost
/// visits, and numbers may be skipped, so the total is not compared with the number of responses.
std::vector<std::string> find_violations_after_rollback(const std::vector<outcome>& outcomes,
                                                        const find_total& total);

} // namespace tally::test
