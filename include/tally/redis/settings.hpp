#pragma once

#include <tally/redis/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tally {

class tls_context;

/// Where Redis is and how long to wait for it. The variable that sets a field stands before it.
struct redis_settings {
  /// REDIS_URL without user and password, for the log; empty if it is not set. It sets host to
  /// password, socket and tls.
  std::string url;
  /// REDIS_HOST: a name, resolved again at each attempt, or an address; no URL, port or path.
  std::string host = "127.0.0.1";
  /// REDIS_PORT
  std::uint16_t port = 6379;
  /// REDIS_DB
  unsigned db = 0;
  /// REDIS_USERNAME: an ACL user; needs a password.
  std::string username;
  /// REDIS_PASSWORD, or at the start the content of the file REDIS_PASSWORD_FILE, less its last
  /// line end (\n or \r\n).
  std::string password;
  /// REDIS_PASSWORD_FILE: read again at each attempt to connect; empty if it is not set.
  std::string password_file;
  /// The path of a Unix socket, instead of host and port; empty if there is none.
  std::string socket;
  /// Whether to use TLS 1.2 or later.
  bool tls = false;
  /// REDIS_TLS_CA_FILE: the certificate authorities that are trusted, in PEM.
  std::string tls_ca_file = "/etc/ssl/certs/ca-certificates.crt";
  /// REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE: the client's certificate with its chain, and its
  /// key, in PEM; empty if there is none.
  std::string tls_cert_file;
  std::string tls_key_file;
  /// What load_tls() has read from these files; null without TLS.
  std::shared_ptr<const tls_context> tls_files;
  /// REDIS_CLUSTER_NODES: `host:port`, with commas between them.
  std::string cluster_list;
  /// The same, parsed: some nodes of a Redis Cluster, instead of host and port.
  std::vector<redis_address> cluster_nodes;
  /// REDIS_SENTINELS: `host:port`, with commas between them.
  std::string sentinel_list;
  /// The same, parsed. The sentinels name the master, instead of host and port.
  std::vector<redis_address> sentinels;
  /// REDIS_SENTINEL_SERVICE: what the sentinels call the master.
  std::string sentinel_service;
  /// REDIS_SENTINEL_USERNAME: an ACL user of the sentinels; needs a password.
  std::string sentinel_username;
  /// REDIS_SENTINEL_PASSWORD, or the content of the file REDIS_SENTINEL_PASSWORD_FILE.
  std::string sentinel_password;
  std::string sentinel_password_file;
  /// TALLY_REDIS_CONNECT_TIMEOUT_MS: to resolve, connect and log in, together. The addresses of a
  /// name share it.
  std::chrono::milliseconds connect_timeout{2000};
  /// TALLY_REDIS_REPLY_TIMEOUT_MS: after that, a new connection replaces this one.
  std::chrono::milliseconds reply_timeout{2000};
  /// TALLY_REDIS_REPLICAS: a number is shown only after this many replicas of Redis have it. With
  /// 0, no replica is asked.
  unsigned replicas = 0;
  /// TALLY_REDIS_REPLICAS_TIMEOUT_MS: for the replicas to confirm what was written. After that, a
  /// new connection replaces this one, and is ready only if enough replicas confirm again.
  std::chrono::milliseconds replicas_timeout{500};
  /// TALLY_VISIT_TIMEOUT_MS: a visit has its response by then, even if Redis does not reply.
  std::chrono::milliseconds visit_timeout{5000};
  /// TALLY_REDIS_PING_INTERVAL_MS: how soon a silent Redis is noticed while there are no visits.
  std::chrono::milliseconds ping_interval{1000};
  /// TALLY_REDIS_BACKOFF_MIN_MS: the pause before the first new attempt.
  std::chrono::milliseconds backoff_min{50};
  /// TALLY_REDIS_BACKOFF_MAX_MS: the longest pause between attempts.
  std::chrono::milliseconds backoff_max{2000};
  /// TALLY_MAX_WAITING_VISITS: per worker; a further visit gets 503 immediately.
  std::size_t max_waiting = 4096;
  /// TALLY_MAX_COUNTERS: visits make this many counters beside the default counter; a visit that
  /// would make one more gets 403.
  std::size_t max_counters = 10'000;
  /// TALLY_IDEMPOTENCY_TTL_S: how long a repetition of an Idempotency-Key gets the first number.
  std::chrono::seconds idempotency_ttl{600};
};

/// Where Redis is, for the log: `host:port`, `[IPv6]:port`, or the path of the socket.
std::string address_text(const redis_settings& settings);

} // namespace tally
