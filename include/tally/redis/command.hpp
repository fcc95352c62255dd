#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tally {

/// A command as it goes over the wire: an array of bulk strings (Redis serialization protocol
/// specification, "Sending commands to a Redis server"). Made once, sent many times.
class redis_command {
public:
  redis_command() = default;
  redis_command(std::initializer_list<std::string_view> words)
  {
    begin(words.size());
    for (const std::string_view word : words)
      add(word);
  }

  /// Becomes another command, of so many words, which add() brings. Keeps its memory.
  void begin(std::size_t words);
  void add(std::string_view word);
  void add(std::int64_t number);

  std::string_view bytes() const { return bytes_; }

private:
  std::string bytes_;
};

} // namespace tally
