#include "app/config.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sched.h>
#include <stdexcept>
#include <utility>

namespace tally {
namespace {

using std::chrono::milliseconds;

// Thrown and caught in this file alone: the first bad value ends the parse.
struct bad_value : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void refuse(const char* name, const std::string& value, const std::string& allowed)
{
  throw bad_value{std::string{name} + " is \"" + value + "\", which is not " + allowed};
}

// Longer than any deadline here can sensibly be, and far from overflowing a time_point.
constexpr std::uint64_t day_ms = 24ULL * 60 * 60 * 1000;

class reader {
public:
  explicit reader(const environment& variables) : variables_{variables} {}

  std::optional<std::string> text(const char* name) const
  {
    auto value = variables_(name);
    return value && !value->empty() ? value : std::nullopt;
  }

  void read(const char* name, std::string& field) const
  {
    if (auto value = text(name))
      field = *value;
  }

  template <class T>
  void read(const char* name, T& field, std::uint64_t min, std::uint64_t max) const
  {
    const auto value = text(name);
    if (!value)
      return;
    std::uint64_t number = 0;
    const char* const end = value->data() + value->size();
    const auto [rest, failure] = std::from_chars(value->data(), end, number);
    if (failure != std::errc{} || rest != end || number < min || number > max)
      refuse(name, *value,
             "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    field = static_cast<T>(number);
  }

  void read(const char* name, milliseconds& field, std::uint64_t min = 1) const
  {
    std::int64_t number = field.count();
    read(name, number, min, day_ms);
    field = milliseconds{number};
  }

private:
  const environment& variables_;
};

// Far more than a password, and little enough for a file that has no end.
constexpr std::size_t longest_password = 65536;

std::string read_password_file(const std::string& path)
{
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  std::string content(longest_password + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.is_open() || file.bad() || errno != 0)
    throw bad_value{"REDIS_PASSWORD_FILE is \"" + path +
                    "\", which cannot be read: " + std::strerror(errno)};
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > longest_password)
    throw bad_value{"REDIS_PASSWORD_FILE is \"" + path + "\", which is too large for a password"};
  // docker/redis/tally-redis does the same.
  if (content.ends_with('\n'))
    content.resize(content.size() - (content.ends_with("\r\n") ? 2 : 1));
  if (content.empty())
    throw bad_value{"REDIS_PASSWORD_FILE is \"" + path + "\", which holds no password"};
  return content;
}

void read_credentials(const reader& from, redis_settings& redis)
{
  from.read("REDIS_USERNAME", redis.username);
  from.read("REDIS_PASSWORD", redis.password);
  if (const auto path = from.text("REDIS_PASSWORD_FILE")) {
    if (!redis.password.empty())
      throw bad_value{"REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: set only one of them"};
    redis.password = read_password_file(*path);
  }
  if (!redis.username.empty() && redis.password.empty())
    throw bad_value{"REDIS_USERNAME is \"" + redis.username +
                    "\" without a password: set REDIS_PASSWORD or REDIS_PASSWORD_FILE too"};
}

// A URL, a host with a port or the path of a socket would never resolve.
bool is_host(const std::string& host)
{
  boost::system::error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  return !not_numeric || host.find_first_of(":/[]@") == host.npos;
}

// A URL may hold a password, which must not be in a message.
std::string without_credentials(const std::string& url)
{
  const auto end = url.rfind('@');
  return end == url.npos ? url : "..." + url.substr(end);
}

void read_redis(const reader& from, redis_settings& redis)
{
  from.read("REDIS_HOST", redis.host);
  if (!is_host(redis.host))
    refuse("REDIS_HOST", without_credentials(redis.host),
           "a plain host name or IP address: set REDIS_HOST to the host, without scheme, path or "
           "brackets, and REDIS_PORT to its port");
  from.read("REDIS_PORT", redis.port, 1, 65535);
  from.read("REDIS_DB", redis.db, 0, std::numeric_limits<std::int32_t>::max());
  read_credentials(from, redis);
  from.read("TALLY_REDIS_CONNECT_TIMEOUT_MS", redis.connect_timeout);
  from.read("TALLY_REDIS_REPLY_TIMEOUT_MS", redis.reply_timeout);
  from.read("TALLY_VISIT_TIMEOUT_MS", redis.visit_timeout);
  from.read("TALLY_REDIS_PING_INTERVAL_MS", redis.ping_interval);
  from.read("TALLY_REDIS_BACKOFF_MIN_MS", redis.backoff_min);
  from.read("TALLY_REDIS_BACKOFF_MAX_MS", redis.backoff_max);
  if (redis.backoff_max < redis.backoff_min)
    refuse("TALLY_REDIS_BACKOFF_MIN_MS", std::to_string(redis.backoff_min.count()),
           "at most TALLY_REDIS_BACKOFF_MAX_MS, " + std::to_string(redis.backoff_max.count()));
  from.read("TALLY_MAX_WAITING_VISITS", redis.max_waiting, 1, 1'000'000);
}

void read_http(const reader& from, http_settings& http)
{
  from.read("TALLY_ADDRESS", http.address);
  boost::system::error_code failure;
  if (!http.address.empty() && (boost::asio::ip::make_address(http.address, failure), failure))
    refuse("TALLY_ADDRESS", http.address, "an IPv4 or IPv6 address");
  from.read("PORT", http.port, 0, 65535);
  from.read("TALLY_REQUEST_TIMEOUT_MS", http.request_timeout);
  from.read("TALLY_IDLE_TIMEOUT_MS", http.idle_timeout);
  from.read("TALLY_WRITE_TIMEOUT_MS", http.write_timeout);
  from.read("TALLY_MAX_TARGET_BYTES", http.max_target_bytes, 64, 1 << 20);
  from.read("TALLY_MAX_HEADER_BYTES", http.max_header_bytes, 256, 1 << 20);
  from.read("TALLY_MAX_BODY_BYTES", http.max_body_bytes, 0, 1 << 30);
  from.read("TALLY_MAX_CONNECTIONS", http.max_connections, 1, 1'000'000);
  from.read("TALLY_DRAIN_DELAY_MS", http.drain_delay, 0);
  from.read("TALLY_DRAIN_GRACE_MS", http.drain_grace, 0);
}

// Not std::thread::hardware_concurrency, which in a static binary with another libc may look at
// the machine instead of at the processors this process was given.
unsigned usable_cores()
{
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) != 0)
    return 1;
  return std::max(1U, static_cast<unsigned>(CPU_COUNT(&cores)));
}

void read_process(const reader& from, config& settings)
{
  constexpr unsigned max_threads = 256;
  settings.threads = std::min(usable_cores(), max_threads);
  from.read("TALLY_THREADS", settings.threads, 1, max_threads);
  const auto level = from.text("TALLY_LOG_LEVEL");
  if (!level)
    return;
  for (auto each : {log_level::debug, log_level::info, log_level::warning, log_level::error})
    if (*level == to_string(each)) {
      settings.log_level = each;
      return;
    }
  refuse("TALLY_LOG_LEVEL", *level, "one of debug, info, warning, error");
}

} // namespace

std::optional<std::string> process_environment(const char* name)
{
  const char* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): read before threads
  return value ? std::optional<std::string>{value} : std::nullopt;
}

result<config, std::string> parse_config(const environment& variables)
{
  try {
    const reader from{variables};
    config settings;
    read_redis(from, settings.redis);
    read_http(from, settings.http);
    read_process(from, settings);
    return settings;
  } catch (const bad_value& failure) {
    return std::string{failure.what()};
  }
}

boost::json::object describe(const config& settings)
{
  const auto& [redis, http, threads, level] = settings;
  return {
      {"REDIS_HOST", redis.host},
      {"REDIS_PORT", redis.port},
      {"REDIS_DB", redis.db},
      {"REDIS_USERNAME", redis.username},
      {"REDIS_PASSWORD", redis.password.empty() ? "" : "(set)"},
      {"TALLY_REDIS_CONNECT_TIMEOUT_MS", redis.connect_timeout.count()},
      {"TALLY_REDIS_REPLY_TIMEOUT_MS", redis.reply_timeout.count()},
      {"TALLY_VISIT_TIMEOUT_MS", redis.visit_timeout.count()},
      {"TALLY_REDIS_PING_INTERVAL_MS", redis.ping_interval.count()},
      {"TALLY_REDIS_BACKOFF_MIN_MS", redis.backoff_min.count()},
      {"TALLY_REDIS_BACKOFF_MAX_MS", redis.backoff_max.count()},
      {"TALLY_MAX_WAITING_VISITS", redis.max_waiting},
      {"TALLY_ADDRESS", http.address},
      {"PORT", http.port},
      {"TALLY_REQUEST_TIMEOUT_MS", http.request_timeout.count()},
      {"TALLY_IDLE_TIMEOUT_MS", http.idle_timeout.count()},
      {"TALLY_WRITE_TIMEOUT_MS", http.write_timeout.count()},
      {"TALLY_MAX_TARGET_BYTES", http.max_target_bytes},
      {"TALLY_MAX_HEADER_BYTES", http.max_header_bytes},
      {"TALLY_MAX_BODY_BYTES", http.max_body_bytes},
      {"TALLY_MAX_CONNECTIONS", http.max_connections},
      {"TALLY_DRAIN_DELAY_MS", http.drain_delay.count()},
      {"TALLY_DRAIN_GRACE_MS", http.drain_grace.count()},
      {"TALLY_THREADS", threads},
      {"TALLY_LOG_LEVEL", to_string(level)},
  };
}

} // namespace tally
