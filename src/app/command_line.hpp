#pragma once

#include <tally/base/error.hpp>

#include <string>
#include <string_view>

namespace tally {

/// What the program was asked to do.
enum class command { serve, healthcheck, help, version };

/// Reads the command line. Fails with one line that names the argument it does not know.
result<command, std::string> parse_command_line(int argc, const char* const* argv);

/// What `--help` prints.
std::string_view help();

/// What `--version` prints.
std::string_view version();

} // namespace tally
