#pragma once

#include <tally/base/error.hpp>
#include <tally/http/settings.hpp>

#include <string>

namespace tally {

/// Requests `/livez` from the Tally on this machine that has these settings. Takes at most 2 s.
/// Fails with one line that says what is wrong. Blocks.
result<void, std::string> healthcheck(const http_settings& settings);

} // namespace tally
