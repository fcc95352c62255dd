#pragma once

#include <tally/redis/settings.hpp>

#include <string>

namespace tally {

/// Reads a URL of Redis into the settings: host, port or socket, TLS, database, user and password.
/// Throws bad_value, whose text has no part of the URL.
///
///     redis[s]://[[user][:password]@]host[:port][/database]
///     unix://[[user][:password]@]/path[?db=database]
///
/// User, password and path may be percent-encoded.
void read_redis_url(const std::string& url, redis_settings& redis);

} // namespace tally
