#include "app/command_line.hpp"

#include "app/setting.hpp"

#include <tally/base/text.hpp>
#include <tally/counting/name.hpp>

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <system_error>
#include <vector>

namespace tally {
namespace {

constexpr std::int64_t max_number = std::numeric_limits<std::int64_t>::max();

struct known_command {
  std::string_view word;
  command value;
  /// The words that must follow.
  std::vector<std::string_view> arguments{};
  bool takes_json = false;
};

const known_command* find_command(std::string_view word)
{
  static const std::vector<known_command> commands{
      {"healthcheck", command::healthcheck},
      {"list", command::list, {}, true},
      {"get", command::get, {"NAME"}, true},
      {"set", command::set, {"NAME", "NUMBER"}},
      {"delete", command::remove, {"NAME"}},
      {"--help", command::help},
      {"-h", command::help},
      {"--version", command::version},
  };
  const auto found = std::ranges::find(commands, word, &known_command::word);
  return found == commands.end() ? nullptr : &*found;
}

std::string see_help(std::string_view problem, std::string_view argument)
{
  return std::string{problem} + " \"" + printable(argument) + "\"; see tally --help";
}

std::optional<std::int64_t> parse_number(std::string_view text)
{
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number > std::uint64_t{max_number})
    return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// Fills in the arguments of the task. Returns an error, or an empty text.
std::string read_arguments(const std::vector<std::string_view>& values, command_line& line)
{
  if (!values.empty() && !is_name(values[0]))
    return '"' + printable(values[0]) +
           "\" is not a name of 1 to 128 characters: letters, digits, _ ~ - . in parts joined by "
           "single /, none beginning with a dot";
  if (!values.empty())
    line.name = values[0];
  if (values.size() < 2)
    return {};
  const auto number = parse_number(values[1]);
  if (!number)
    return '"' + printable(values[1]) + "\" is not a whole number from 0 to " +
           std::to_string(max_number);
  line.number = *number;
  return {};
}

} // namespace

result<command_line, std::string> parse_command_line(int argc, const char* const* argv)
{
  if (argc < 2)
    return command_line{};
  const known_command* const known = find_command(argv[1]);
  if (!known)
    return see_help("unknown argument", argv[1]);
  command_line line{.task = known->value};
  std::vector<std::string_view> values;
  bool options = !known->arguments.empty() || known->takes_json;
  for (const std::string_view word : std::span{argv + 2, argv + argc}) {
    if (options && word == "--")
      options = false; // a name may begin with --, too
    else if (options && known->takes_json && word == "--json")
      line.json = true;
    else if (options && word.starts_with("--"))
      return see_help("unknown argument", word);
    else if (values.size() == known->arguments.size())
      return see_help("unexpected argument", word);
    else
      values.push_back(word);
  }
  if (values.size() < known->arguments.size())
    return "tally " + std::string{known->word} + " needs " +
           std::string{known->arguments[values.size()]} + "; see tally --help";
  if (auto error = read_arguments(values, line); !error.empty())
    return error;
  return line;
}

std::string help()
{
  std::ostringstream text;
  text << R"(Tally counts visits in Redis and serves the number over HTTP.

usage:
  tally                  serve until SIGTERM or SIGINT
  tally healthcheck      check the Tally on PORT: status 0 if it is alive
  tally list             print all counters, a line each: name, tab, number
  tally get NAME         print the number of a counter
  tally set NAME NUMBER  set a counter, also a new one; its next visit gets one more
  tally delete NAME      delete a counter; its next visit gets 1
  tally --help
  tally --version

list and get print JSON with --json. "--" ends the options. The default counter is called visits.

Environment variables, all optional, and their defaults:
)";
  for (const setting& row : settings_table())
    text << "  " << std::left << std::setw(32) << row.variable << row.help << " ("
         << default_text(row) << ")\n";
  text << R"(
exit status: 0 done, stopped or healthy; 1 failed, or no such counter; 2 wrong usage or
configuration)";
  return text.str();
}

std::string_view version()
{
  return "tally " TALLY_VERSION;
}

} // namespace tally
