#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace tally {

/// A command as it goes over the wire: an array of bulk strings (Redis serialization protocol
/// specification, "Sending commands to a Redis server"). Made once, sent many times.
class redis_command {
public:
  redis_command() = default;
  redis_command(std::initializer_list<std::string_view> words) { assign(words); }

  /// Becomes another command, in the same memory if that is enough.
  void assign(std::initializer_list<std::string_view> words);

  std::string_view bytes() const { return bytes_; }

private:
  std::string bytes_;
};

} // namespace tally
