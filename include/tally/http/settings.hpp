#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tally {

/// The settings and limits of the HTTP server.
struct http_settings {
  /// TALLY_ADDRESS: empty means all interfaces, IPv4 and IPv6.
  std::string address;
  /// PORT: 0 lets the system choose; the log names the port.
  std::uint16_t port = 8080;
  /// TALLY_REQUEST_TIMEOUT_MS: from a request's first byte to its last.
  std::chrono::milliseconds request_timeout{5000};
  /// TALLY_IDLE_TIMEOUT_MS: between two requests (the first must begin within the request timeout).
  /// Longer than a proxy keeps idle connections, so that the proxy closes them.
  std::chrono::milliseconds idle_timeout{75000};
  /// TALLY_WRITE_TIMEOUT_MS: for the peer to receive a response.
  std::chrono::milliseconds write_timeout{10000};
  /// TALLY_MAX_TARGET_BYTES: the target in the request line, with its query.
  std::size_t max_target_bytes = 8192;
  /// TALLY_MAX_HEADER_BYTES: request line and fields together. Keep above what a proxy accepts and
  /// adds.
  std::size_t max_header_bytes = 20480;
  /// TALLY_MAX_BODY_BYTES: a request body is read and ignored up to this size.
  std::uint64_t max_body_bytes = 65536;
  /// TALLY_MAX_CONNECTIONS: per worker; more wait in the kernel's queue.
  std::size_t max_connections = 4096;
  /// TALLY_DRAIN_DELAY_MS: from the 503 of /readyz until new connections are refused.
  /// Longer than a proxy keeps idle connections, or a request on one of them may be lost.
  std::chrono::milliseconds drain_delay{1000};
  /// TALLY_DRAIN_GRACE_MS: after that, busy connections are aborted.
  std::chrono::milliseconds drain_grace{6000};
};

} // namespace tally
