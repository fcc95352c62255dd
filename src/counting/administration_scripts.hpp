#pragma once

#include <string_view>

/// The Lua scripts of an operator's commands. Each of them is one atomic step beside running
/// visits, and declares all its keys.
namespace tally::administration_scripts {

/// Sets a counter, registers it, and begins a new epoch, so that every Tally accepts a lower
/// number. KEYS: the counter, the register, the epoch. ARGV: the number; the name, empty for the
/// default counter.
extern const std::string_view set;

/// Deletes a counter and its registration, and begins a new epoch. Returns `1`; or `0`, if there
/// was no such counter, and then changes nothing. KEYS: the counter, the register, the epoch.
/// ARGV: the name.
extern const std::string_view remove;

/// Returns a page of the register: the cursor of the next page (`0` after the last one), then the
/// names, one a line. KEYS: the register. ARGV: the cursor.
extern const std::string_view names;

/// Returns a line for each counter: its total as text; `-` if there is none; `!` if the key holds
/// anything but a whole number. KEYS: the counters.
extern const std::string_view totals;

} // namespace tally::administration_scripts
