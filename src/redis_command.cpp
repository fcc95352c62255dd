#include <tally/redis_command.hpp>

namespace tally {

void redis_command::assign(std::initializer_list<std::string_view> words)
{
  bytes_.clear();
  bytes_.append(1, '*').append(std::to_string(words.size())).append("\r\n");
  for (const std::string_view word : words)
    bytes_.append("$")
        .append(std::to_string(word.size()))
        .append("\r\n")
        .append(word)
        .append("\r\n");
}

} // namespace tally
