#pragma once

#include "app/config.hpp"

namespace tally {

/// Reads REDIS_SENTINELS, the password of the sentinels, and REDIS_CLUSTER_NODES. The other
/// variables are in `redis` already. Throws bad_value.
void complete_server_settings(const environment& variables, redis_settings& redis);

} // namespace tally
