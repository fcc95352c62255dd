#pragma once

#include "app/config.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tally {

/// A row of the table of all settings. Four things read the table: parse_config(),
/// describe(), `tally --help` and the test that compares it with README's table.
struct setting {
  /// Where the value is kept.
  using field = std::variant<std::string*, std::uint16_t*, unsigned*, std::size_t*,
                             std::chrono::milliseconds*, std::chrono::seconds*, log_level*>;

  const char* variable;
  field (*find_field)(config& settings);
  /// What it sets, in a few words.
  std::string_view help;
  /// The range, in the unit of the variable for a time. A number or a time needs both.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// The default in words; empty if default_text() can format the field's value.
  std::string_view default_words{};
  /// The value appears in no log and in no error.
  bool secret = false;
};

/// All settings, in the order of README's table.
std::span<const setting> settings_table();

/// The value in these settings, for the log; "(set)" for a secret.
boost::json::value describe(const setting& row, config& settings);

/// The default, as --help and README show it.
std::string default_text(const setting& row);

} // namespace tally
