#pragma once

#include <tally/base/error.hpp>
#include <tally/base/log.hpp>
#include <tally/http/settings.hpp>
#include <tally/redis/settings.hpp>

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>

namespace tally {

/// The maximum of TALLY_THREADS.
inline constexpr unsigned max_threads = 256;

/// Every setting. It is read once, before anything starts, and never changes.
struct config {
  redis_settings redis;
  http_settings http;
  /// TALLY_THREADS: workers; by default one for each core this process may run on, 256 at most.
  unsigned threads = 1;
  /// TALLY_LOG_LEVEL
  tally::log_level log_level = tally::log_level::info;
};

/// Returns the value of a variable, if it is set.
using environment = std::function<std::optional<std::string>(const char* name)>;

/// The process' own environment.
std::optional<std::string> process_environment(const char* name);

/// Reads and validates the configuration; an empty value counts as not set. Fails with one line
/// that names the variable, its value (never a password) and what is allowed.
result<config, std::string> parse_config(const environment& variables);

/// The effective configuration by variable, for the log; without the password.
boost::json::object describe(config settings);

} // namespace tally
