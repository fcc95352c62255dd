#pragma once

#include "redis/link.hpp"

#include <tally/net/awaitable.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/settings.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tally {

/// The error that ended a handshake.
struct handshake_error {
  /// One line of plain ASCII.
  std::string text;
  /// Whether Redis replied with it; otherwise the link closed first.
  bool replied = false;
};

/// Sets up a connected link: logs in, selects the database and sends `setup_commands`, each command
/// after the reply to the one before. Returns nothing if each reply is a string, or shows that
/// enough replicas have confirmed (wait_for_replicas()). The link limits its duration. The link and
/// the settings must outlive it.
awaitable<std::optional<handshake_error>> handshake(redis_link& link,
                                                    const redis_settings& settings,
                                                    std::vector<redis_command> setup_commands);

} // namespace tally
