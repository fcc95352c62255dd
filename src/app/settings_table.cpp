#include "app/setting.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <limits>

namespace tally {
namespace {

using field = setting::field;

// Longer than any deadline here can sensibly be, and far from overflowing a time_point.
constexpr std::uint64_t day_ms = 24ULL * 60 * 60 * 1000;
constexpr std::uint64_t million = 1'000'000;

constexpr setting all_settings[] = {
    {"REDIS_HOST", [](config& c) -> field { return &c.redis.host; }, "name or address of Redis"},
    {"REDIS_PORT", [](config& c) -> field { return &c.redis.port; }, "its port", 1, 65535},
    {"REDIS_DB", [](config& c) -> field { return &c.redis.db; }, "number of its database", 0,
     std::numeric_limits<std::int32_t>::max()},
    {"REDIS_USERNAME", [](config& c) -> field { return &c.redis.username; },
     "ACL user; needs a password"},
    {.variable = "REDIS_PASSWORD",
     .find_field = [](config& c) -> field { return &c.redis.password; },
     .help = "password",
     .secret = true},
    {"REDIS_PASSWORD_FILE", [](config& c) -> field { return &c.redis.password_file; },
     "file that holds the password"},
    {"REDIS_URL", [](config& c) -> field { return &c.redis.url; },
     "instead of these: redis://, rediss:// (TLS) or unix://"},
    {"REDIS_TLS_CA_FILE", [](config& c) -> field { return &c.redis.tls_ca_file; },
     "trusted certificate authorities"},
    {"REDIS_TLS_CERT_FILE", [](config& c) -> field { return &c.redis.tls_cert_file; },
     "certificate of this client"},
    {"REDIS_TLS_KEY_FILE", [](config& c) -> field { return &c.redis.tls_key_file; }, "its key"},
    {"REDIS_CLUSTER_NODES", [](config& c) -> field { return &c.redis.cluster_list; },
     "instead of host and port: some nodes as host:port,..."},
    {"REDIS_SENTINELS", [](config& c) -> field { return &c.redis.sentinel_list; },
     "instead of host and port: sentinels as host:port,..."},
    {"REDIS_SENTINEL_SERVICE", [](config& c) -> field { return &c.redis.sentinel_service; },
     "their name of the master"},
    {"REDIS_SENTINEL_USERNAME", [](config& c) -> field { return &c.redis.sentinel_username; },
     "ACL user of the sentinels; needs a password"},
    {.variable = "REDIS_SENTINEL_PASSWORD",
     .find_field = [](config& c) -> field { return &c.redis.sentinel_password; },
     .help = "password of the sentinels",
     .secret = true},
    {"REDIS_SENTINEL_PASSWORD_FILE",
     [](config& c) -> field { return &c.redis.sentinel_password_file; }, "file that holds it"},
    {"PORT", [](config& c) -> field { return &c.http.port; },
     "port to listen on; 0 lets the system choose", 0, 65535},
    {"TALLY_ADDRESS", [](config& c) -> field { return &c.http.address; }, "address to listen on", 0,
     0, "all"},
    {"TALLY_THREADS", [](config& c) -> field { return &c.threads; }, "workers", 1, max_threads,
     "one a core, at most 256"},
    {"TALLY_LOG_LEVEL", [](config& c) -> field { return &c.log_level; },
     "debug, info, warning or error"},
    {"TALLY_REDIS_CONNECT_TIMEOUT_MS", [](config& c) -> field { return &c.redis.connect_timeout; },
     "to resolve, connect and log in", 1, day_ms},
    {"TALLY_REDIS_REPLY_TIMEOUT_MS", [](config& c) -> field { return &c.redis.reply_timeout; },
     "for Redis to reply", 1, day_ms},
    {"TALLY_REDIS_REPLICAS", [](config& c) -> field { return &c.redis.replicas; },
     "replicas that must have a visit before its number is shown", 0, 16},
    {"TALLY_REDIS_REPLICAS_TIMEOUT_MS",
     [](config& c) -> field { return &c.redis.replicas_timeout; }, "for these replicas to confirm",
     1, day_ms},
    {"TALLY_VISIT_TIMEOUT_MS", [](config& c) -> field { return &c.redis.visit_timeout; },
     "until a visit has its response", 1, day_ms},
    {"TALLY_REDIS_PING_INTERVAL_MS", [](config& c) -> field { return &c.redis.ping_interval; },
     "between pings while there are no visits", 1, day_ms},
    {"TALLY_REDIS_BACKOFF_MIN_MS", [](config& c) -> field { return &c.redis.backoff_min; },
     "first pause before connecting again", 1, day_ms},
    {"TALLY_REDIS_BACKOFF_MAX_MS", [](config& c) -> field { return &c.redis.backoff_max; },
     "longest such pause", 1, day_ms},
    {"TALLY_MAX_WAITING_VISITS", [](config& c) -> field { return &c.redis.max_waiting; },
     "visits per worker that wait for Redis", 1, million},
    {"TALLY_MAX_COUNTERS", [](config& c) -> field { return &c.redis.max_counters; },
     "counters that visits may make", 0, million},
    {"TALLY_IDEMPOTENCY_TTL_S", [](config& c) -> field { return &c.redis.idempotency_ttl; },
     "for which an Idempotency-Key is kept", 1, day_ms / 1000},
    {"TALLY_REQUEST_TIMEOUT_MS", [](config& c) -> field { return &c.http.request_timeout; },
     "from a request's first byte to its last", 1, day_ms},
    {"TALLY_IDLE_TIMEOUT_MS", [](config& c) -> field { return &c.http.idle_timeout; },
     "for a connection between two requests", 1, day_ms},
    {"TALLY_WRITE_TIMEOUT_MS", [](config& c) -> field { return &c.http.write_timeout; },
     "for a peer to receive a response", 1, day_ms},
    {"TALLY_MAX_TARGET_BYTES", [](config& c) -> field { return &c.http.max_target_bytes; },
     "target of a request, with its query", 64, 1 << 20},
    {"TALLY_MAX_HEADER_BYTES", [](config& c) -> field { return &c.http.max_header_bytes; },
     "request line and headers together", 256, 1 << 20},
    {"TALLY_MAX_BODY_BYTES", [](config& c) -> field { return &c.http.max_body_bytes; },
     "body of a request", 0, 1 << 30},
    {"TALLY_MAX_CONNECTIONS", [](config& c) -> field { return &c.http.max_connections; },
     "connections per worker", 1, million},
    {"TALLY_DRAIN_DELAY_MS", [](config& c) -> field { return &c.http.drain_delay; },
     "from not ready until new connections are refused", 0, day_ms},
    {"TALLY_DRAIN_GRACE_MS", [](config& c) -> field { return &c.http.drain_grace; },
     "from then until busy connections are cut", 0, day_ms},
};

struct value_describer {
  bool secret;

  boost::json::value operator()(const std::string* text) const
  {
    return boost::json::string{secret && !text->empty() ? "(set)" : *text};
  }
  template <class Period>
  boost::json::value operator()(const std::chrono::duration<std::int64_t, Period>* time) const
  {
    return time->count();
  }
  boost::json::value operator()(const log_level* level) const
  {
    return boost::json::string{to_string(*level)};
  }
  template <class Number>
  boost::json::value operator()(const Number* number) const
  {
    return *number;
  }
};

} // namespace

std::span<const setting> settings_table()
{
  return all_settings;
}

boost::json::value describe(const setting& row, config& settings)
{
  return std::visit(value_describer{row.secret}, row.find_field(settings));
}

std::string default_text(const setting& row)
{
  if (!row.default_words.empty())
    return std::string{row.default_words};
  config defaults;
  const auto value = describe(row, defaults);
  const auto* const text = value.if_string();
  if (text && text->empty())
    return "none";
  return text ? std::string{*text} : boost::json::serialize(value);
}

} // namespace tally
