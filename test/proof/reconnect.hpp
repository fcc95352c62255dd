#pragma once

namespace tally::test {

/// Kills Tally's connections to Redis, in any state, this many times while a few
/// visitors count. Prints Tally's descriptors and memory. Returns whether no descriptor was leaked
/// and every promise was kept; throws when Tally exits or does not become ready.
bool run_reconnects(int times);

} // namespace tally::test
