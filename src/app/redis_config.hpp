#pragma once

#include "app/config.hpp"

namespace tally {

/// Reads REDIS_URL and the password, and checks the rules for several variables of Redis. The other
/// variables are in `redis` already. Throws bad_value.
void complete_redis_settings(const environment& variables, redis_settings& redis);

} // namespace tally
