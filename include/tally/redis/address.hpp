#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// A host and a port.
struct redis_address {
  /// A name, or an IP address without brackets.
  std::string host;
  std::uint16_t port = 0;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads it
  auto operator<=>(const redis_address&) const = default;
};

/// The address as `host:port`, or `[host]:port` if the host is an IPv6 address.
std::string to_string(const redis_address& address);

/// Parses `host:port`; an IPv6 address may be in brackets. Nothing if there is no port from 1 to
/// 65535 after the last colon. The host is not checked, and may be empty.
std::optional<redis_address> parse_address(std::string_view text);

} // namespace tally
