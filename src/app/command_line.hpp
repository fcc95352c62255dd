#pragma once

#include <tally/base/error.hpp>

#include <string>
#include <string_view>

namespace tally {

/// The tasks of the program.
enum class command { serve, healthcheck, help, version };

/// Parses the command line; serve is the default. Fails with one line that names the first unknown
/// or extra argument.
result<command, std::string> parse_command_line(int argc, const char* const* argv);

/// The text that `--help` prints, without its last line end.
std::string help();

/// The text that `--version` prints, without its line end.
std::string_view version();

} // namespace tally
