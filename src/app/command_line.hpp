#pragma once

#include <tally/base/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

/// The tasks of the program. `remove` is `tally delete`.
enum class command { serve, healthcheck, list, get, set, remove, help, version };

/// A task with its arguments.
struct command_line {
  command task = command::serve;
  /// get, set, remove: the counter.
  std::string name{};
  /// set: from 0 to 2^63-1.
  std::int64_t number = 0;
  /// list, get: whether `--json` was given.
  bool json = false;
};

/// Parses the command line; serve is the default. Fails with one line that names the first argument
/// that is unknown, invalid or extra, or the one that is missing.
result<command_line, std::string> parse_command_line(int argc, const char* const* argv);

/// The text that `--help` prints, without its last line end.
std::string help();

/// The text that `--version` prints, without its line end.
std::string_view version();

} // namespace tally
