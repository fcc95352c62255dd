#pragma once

#include <tally/error.hpp>
#include <tally/log.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tally {

/// Where Redis is and how long to wait for it. The variable that sets a field stands before it.
struct redis_settings {
  /// REDIS_HOST: a name, resolved again at each attempt, or an address, and nothing else.
  std::string host = "127.0.0.1";
  /// REDIS_PORT
  std::uint16_t port = 6379;
  /// REDIS_DB
  unsigned db = 0;
  /// REDIS_USERNAME: an ACL user; needs a password.
  std::string username;
  /// REDIS_PASSWORD, or the content of the file REDIS_PASSWORD_FILE, less its last line end
  /// (\n or \r\n).
  std::string password;
  /// TALLY_REDIS_CONNECT_TIMEOUT_MS: to resolve, connect and log in, together. The addresses of a
  /// name share it.
  std::chrono::milliseconds connect_timeout{2000};
  /// TALLY_REDIS_REPLY_TIMEOUT_MS: past that the connection is dropped and made anew.
  std::chrono::milliseconds reply_timeout{2000};
  /// TALLY_VISIT_TIMEOUT_MS: a visit has its answer by then, whatever Redis does.
  std::chrono::milliseconds visit_timeout{5000};
  /// TALLY_REDIS_PING_INTERVAL_MS: how soon a silent Redis is noticed while nobody visits.
  std::chrono::milliseconds ping_interval{1000};
  /// TALLY_REDIS_BACKOFF_MIN_MS: the pause before the first new attempt.
  std::chrono::milliseconds backoff_min{50};
  /// TALLY_REDIS_BACKOFF_MAX_MS: the longest pause between attempts.
  std::chrono::milliseconds backoff_max{2000};
  /// TALLY_MAX_WAITING_VISITS: per worker; one more answers 503 at once.
  std::size_t max_waiting = 4096;
};

/// How HTTP is served, and its limits.
struct http_settings {
  /// TALLY_ADDRESS: empty means all interfaces, IPv4 and IPv6.
  std::string address;
  /// PORT: 0 lets the system choose; the log tells which.
  std::uint16_t port = 8080;
  /// TALLY_REQUEST_TIMEOUT_MS: from a request's first byte to its last.
  std::chrono::milliseconds request_timeout{5000};
  /// TALLY_IDLE_TIMEOUT_MS: a connection between two requests (the first has to begin within the
  /// request timeout); longer than a proxy in front keeps its idle connections, so that it is the
  /// proxy that closes them.
  std::chrono::milliseconds idle_timeout{75000};
  /// TALLY_WRITE_TIMEOUT_MS: for a peer to take an answer.
  std::chrono::milliseconds write_timeout{10000};
  /// TALLY_MAX_TARGET_BYTES: the target in a request line, with its query.
  std::size_t max_target_bytes = 8192;
  /// TALLY_MAX_HEADER_BYTES: request line and fields together; more than a proxy in front lets pass
  /// and adds.
  std::size_t max_header_bytes = 20480;
  /// TALLY_MAX_BODY_BYTES: a request body is read and ignored up to here.
  std::uint64_t max_body_bytes = 65536;
  /// TALLY_MAX_CONNECTIONS: per worker; more wait in the kernel's queue.
  std::size_t max_connections = 4096;
  /// TALLY_DRAIN_DELAY_MS: from readiness off until new connections are refused. Longer than a
  /// proxy keeps idle connections, or a request on one of them may be lost.
  std::chrono::milliseconds drain_delay{1000};
  /// TALLY_DRAIN_GRACE_MS: after that, what is still busy is cut.
  std::chrono::milliseconds drain_grace{6000};
};

/// Every setting. It is read once, before anything starts, and never changes.
struct config {
  redis_settings redis;
  http_settings http;
  /// TALLY_THREADS: workers; by default one for each core this process may run on, 256 at most.
  unsigned threads = 1;
  /// TALLY_LOG_LEVEL
  tally::log_level log_level = tally::log_level::info;
};

/// Tells a variable's value, if it is set.
using environment = std::function<std::optional<std::string>(const char* name)>;

/// The process' own environment.
std::optional<std::string> process_environment(const char* name);

/// Reads and validates the configuration; an empty value counts as not set. Fails with one line
/// that names the variable, its value (never a password) and what is allowed.
result<config, std::string> parse_config(const environment& variables);

/// The effective configuration by variable, for the log: no password.
boost::json::object describe(const config& settings);

} // namespace tally
