#pragma once

#include <tally/base/error.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/redis/command.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/reply.hpp>
#include <tally/redis/settings.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// An operator's commands on counters, exact also while visits are counted. A command that
/// makes a change changes the counter, its registration and the epoch in one step, so that no Tally
/// takes the change for a loss of data.
///
/// A failure is one line of plain ASCII. A change that failed was not made, unless the line says
/// that it may have been, or that it was made and too few replicas have it.
class administration {
public:
  /// Totals by name, without one where the key holds anything but a whole number.
  using totals = std::map<std::string, std::optional<std::int64_t>>;

  /// Borrows both. The connection must be ready.
  administration(redis_connection& connection, const redis_settings& settings)
      : connection_{connection}, settings_{settings}
  {
  }

  /// Returns the total of a counter; nothing, if there is no such counter. The default counter
  /// always exists.
  awaitable<result<std::optional<std::int64_t>, std::string>> get(std::string name);

  /// Sets a counter, which need not exist.
  awaitable<result<void, std::string>> set(std::string name, std::int64_t number);

  /// Deletes a counter. Returns whether there was one.
  awaitable<result<bool, std::string>> remove(std::string name);

  /// Returns all counters, the default counter among them. It reads them in pages: a counter that
  /// is made or deleted meanwhile may or may not be there, and no two totals need be of one moment.
  awaitable<result<totals, std::string>> list();

private:
  awaitable<result<redis_reply, std::string>> read(redis_command command);
  awaitable<result<redis_reply, std::string>> change(redis_command command);
  awaitable<std::optional<std::string>> add_totals(std::vector<std::string> names, totals& found);

  redis_connection& connection_;
  const redis_settings& settings_;
};

} // namespace tally
