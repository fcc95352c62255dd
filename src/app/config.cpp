#include "app/config.hpp"

#include "app/bad_value.hpp"
#include "app/redis_config.hpp"
#include "app/servers_config.hpp"
#include "app/setting.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sched.h>
#include <utility>

namespace tally {
namespace {

using std::chrono::milliseconds;

// Parses the value of one setting into its field.
struct value_parser {
  const setting& row;
  const std::string& value;

  void operator()(std::string* text) const { *text = value; }
  template <class Period>
  void operator()(std::chrono::duration<std::int64_t, Period>* time) const
  {
    *time = std::chrono::duration<std::int64_t, Period>{static_cast<std::int64_t>(number())};
  }

  void operator()(log_level* level) const
  {
    for (auto each : {log_level::debug, log_level::info, log_level::warning, log_level::error})
      if (value == to_string(each)) {
        *level = each;
        return;
      }
    refuse(row.variable, value, "one of debug, info, warning, error");
  }

  template <class Number>
  void operator()(Number* field) const
  {
    *field = static_cast<Number>(number());
  }

  std::uint64_t number() const
  {
    std::uint64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc{} || rest != end || number < row.min || number > row.max)
      refuse(row.variable, value,
             "a whole number from " + std::to_string(row.min) + " to " + std::to_string(row.max));
    return number;
  }
};

// Checks the rules that a range cannot express.
void check(const http_settings& http)
{
  boost::system::error_code error;
  if (!http.address.empty() && (boost::asio::ip::make_address(http.address, error), error))
    refuse("TALLY_ADDRESS", http.address, "an IPv4 or IPv6 address");
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

} // namespace

std::optional<std::string> process_environment(const char* name)
{
  const char* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): read before threads
  return value ? std::optional<std::string>{value} : std::nullopt;
}

result<config, std::string> parse_config(const environment& variables)
{
  config settings;
  settings.threads = std::min(usable_cores(), max_threads);
  try {
    for (const setting& row : settings_table())
      if (const auto value = value_of(variables, row.variable))
        std::visit(value_parser{row, *value}, row.find_field(settings));
    complete_redis_settings(variables, settings.redis);
    complete_server_settings(variables, settings.redis);
    check(settings.http);
    return settings;
  } catch (const bad_value& error) {
    return std::string{error.what()};
  }
}

boost::json::object describe(config settings)
{
  boost::json::object described;
  for (const setting& row : settings_table())
    described.emplace(row.variable, describe(row, settings));
  return described;
}

} // namespace tally
