#pragma once

#include "redis/link.hpp"

#include <tally/net/awaitable.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/reply.hpp>
#include <tally/redis/settings.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// A command of a handshake.
struct handshake_step {
  redis_command command;
  /// Returns one line of plain ASCII if this reply, which is not an error, shows that the link
  /// cannot be used. Without it the reply must be a string.
  std::function<std::optional<std::string>(const redis_reply& reply)> check{};
};

/// The error that ended a handshake.
struct handshake_error {
  /// One line of plain ASCII.
  std::string text;
  /// Whether Redis replied with it; otherwise the link closed first.
  bool replied = false;
};

/// Sets up a connected link: logs in with what the password file holds now, selects the database
/// and carries out `further` steps, each command after the reply to the one before. Returns nothing
/// if each reply is as it should be; an integer must be a confirmation of enough replicas
/// (wait_for_replicas()). The link limits its duration. The link and the settings must outlive it.
awaitable<std::optional<handshake_error>>
handshake(redis_link& link, const redis_settings& settings, std::vector<handshake_step> further);

} // namespace tally
