#pragma once

#include "app/config.hpp"

#include <string>

namespace tally {

/// Reads REDIS_URL and the password, and checks the rules for several variables of Redis. The other
/// variables are in `redis` already. Throws bad_value.
void complete_redis_settings(const environment& variables, redis_settings& redis);

/// Reads the password of a login, whose variables begin with `prefix`, from its file if it has one.
/// Throws bad_value, also for a user without a password.
void complete_login(const std::string& prefix, const std::string& username, std::string& password,
                    const std::string& password_file);

} // namespace tally
