#pragma once

#include <tally/redis/command.hpp>
#include <tally/redis/reply.hpp>
#include <tally/redis/settings.hpp>

#include <optional>
#include <string>

namespace tally {

/// Returns the command (WAIT) that waits until the replicas of the settings have executed the last
/// write of its connection, and all writes before it. It covers no write of another connection that
/// came later, so a command that only reads must not precede it. It delays the commands behind it
/// on the same connection.
redis_command wait_for_replicas(const redis_settings& settings);

/// Returns one line that says what is missing, if this reply to wait_for_replicas() does not show
/// that enough replicas have confirmed in time.
std::optional<std::string> find_missing_replicas(const redis_reply& reply,
                                                 const redis_settings& settings);

} // namespace tally
