#pragma once

#include <tally/base/error.hpp>
#include <tally/http/settings.hpp>

#include <string>

namespace tally {

/// Asks the Tally that these settings describe, on this machine, for its `/livez`. Takes 2 s at
/// most. Fails with one line that says what is wrong.
result<void, std::string> healthcheck(const http_settings& settings);

} // namespace tally
