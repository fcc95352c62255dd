#pragma once

#include <cstddef>
#include <string_view>

namespace tally::test {

// As much of the Redis serialization protocol (RESP) as the fault_proxy needs.

/// The size of the first complete value in `bytes`; 0 while it is incomplete.
std::size_t resp_size(std::string_view bytes);

/// Whether this complete command sends a batch of visits: an EVALSHA that is not a probe.
bool is_batch(std::string_view command);

/// Whether the script replied that it had counted this batch before.
bool is_duplicate(std::string_view reply);

} // namespace tally::test
