#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tally {

/// A command as it goes over the wire: an array of bulk strings (Redis serialization protocol
/// specification, "Sending commands to a Redis server"). It owns its bytes, and can be sent many
/// times. Arguments may hold any bytes.
class redis_command {
public:
  redis_command() = default;
  redis_command(std::initializer_list<std::string_view> arguments)
  {
    begin(arguments.size());
    for (const std::string_view argument : arguments)
      add(argument);
  }

  /// Begins a new command with `count` arguments, including its name. add() must follow `count`
  /// times. The memory is reused.
  void begin(std::size_t count);
  void add(std::string_view argument);
  void add(std::int64_t number);

  /// Valid until the command changes.
  std::string_view bytes() const { return bytes_; }

private:
  std::string bytes_;
};

} // namespace tally
