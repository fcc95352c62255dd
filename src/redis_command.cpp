#include <tally/redis_command.hpp>

namespace tally {

redis_command::redis_command(std::initializer_list<std::string_view> words)
{
  bytes_ = '*' + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words)
    bytes_.append("$")
        .append(std::to_string(word.size()))
        .append("\r\n")
        .append(word)
        .append("\r\n");
}

} // namespace tally
