#include "app/command_line.hpp"

#include "app/setting.hpp"

#include <iomanip>
#include <optional>
#include <sstream>

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

std::string help()
{
  std::ostringstream text;
  text << R"(Tally counts visits in Redis and serves the number over HTTP.

usage:
  tally                serve until SIGTERM or SIGINT
  tally healthcheck    check the Tally on PORT: status 0 if it is alive
  tally --help
  tally --version

Environment variables, all optional, and their defaults:
)";
  for (const setting& row : settings_table())
    text << "  " << std::left << std::setw(32) << row.variable << row.help << " ("
         << default_text(row) << ")\n";
  text << R"(
exit status: 0 stopped or healthy, 1 failed, 2 wrong usage or configuration)";
  return text.str();
}

std::string_view version()
{
  return "tally " TALLY_VERSION;
}

} // namespace tally
