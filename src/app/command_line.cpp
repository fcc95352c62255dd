#include "app/command_line.hpp"

#include <optional>

namespace tally {
namespace {

std::optional<command> find_command(std::string_view argument)
{
  if (argument == "healthcheck")
    return command::healthcheck;
  if (argument == "--help" || argument == "-h")
    return command::help;
  if (argument == "--version")
    return command::version;
  return std::nullopt;
}

} // namespace

result<command, std::string> parse_command_line(int argc, const char* const* argv)
{
  if (argc < 2)
    return command::serve;
  const auto known = find_command(argv[1]);
  if (!known)
    return "unknown argument \"" + std::string{argv[1]} + "\"; see tally --help";
  if (argc > 2)
    return "unexpected argument \"" + std::string{argv[2]} + "\"; see tally --help";
  return *known;
}

std::string_view help()
{
  return R"(Tally counts visits in Redis and tells the number over HTTP.

usage:
  tally                serve until SIGTERM or SIGINT
  tally healthcheck    ask the Tally on PORT whether it lives: status 0 if it does
  tally --help
  tally --version

It is configured by environment variables, all optional:
  REDIS_HOST, REDIS_PORT, REDIS_DB                     where to count (127.0.0.1, 6379, 0)
  REDIS_USERNAME, REDIS_PASSWORD, REDIS_PASSWORD_FILE  how to log in there (not at all)
  PORT, TALLY_ADDRESS                                  where to listen (8080, all interfaces)
  TALLY_THREADS                                        workers (one a core)
  TALLY_LOG_LEVEL                                      debug, info, warning or error (info)
The README lists the timeouts and limits too.

exit status: 0 stopped as asked or healthy, 1 failed, 2 wrong usage or configuration)";
}

std::string_view version()
{
  return "tally " TALLY_VERSION;
}

} // namespace tally
