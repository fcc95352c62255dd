#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tally {

/// The counter of `/count`. It always counts, and takes no place among TALLY_MAX_COUNTERS.
inline constexpr std::string_view default_counter = "visits";

/// The longest name, in bytes.
inline constexpr std::size_t max_name_size = 128;

/// Whether this is the name of a counter: at most max_name_size bytes, in segments that `/` joins.
/// A segment has one or more unreserved characters (RFC 3986, 2.3) and does not begin with a dot,
/// so that no counter has one of Tally's own keys, and no name is a relative path.
bool is_name(std::string_view text);

/// Decodes the name of a counter from a path, into `name`: unreserved characters may be
/// percent-encoded (RFC 3986, 6.2.2.2). Returns false if the path holds anything but a name; `name`
/// is unspecified then.
bool decode_name(std::string_view path, std::string& name);

} // namespace tally
