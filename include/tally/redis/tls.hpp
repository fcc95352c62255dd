#pragma once

#include <tally/base/error.hpp>
#include <tally/redis/settings.hpp>

#include <memory>
#include <string>

namespace tally {

/// The trusted authorities, and the certificate and key of this client if it has one. Connections
/// of all threads share it.
class tls_context;

/// Whether this Tally was built with TLS.
bool tls_available();

/// Reads the TLS files of the settings. Fails with one line that names the variable, its value and
/// the error. Only if tls_available().
result<std::shared_ptr<const tls_context>, std::string> load_tls(const redis_settings& settings);

} // namespace tally
