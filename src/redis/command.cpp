#include <tally/base/text.hpp>
#include <tally/redis/command.hpp>

#include <array>
#include <charconv>

namespace tally {

void redis_command::begin(std::size_t count)
{
  bytes_.assign(1, '*');
  append(bytes_, count);
  bytes_.append("\r\n");
}

void redis_command::add(std::string_view argument)
{
  bytes_.append("$");
  append(bytes_, argument.size());
  bytes_.append("\r\n").append(argument).append("\r\n");
}

void redis_command::add(std::int64_t number)
{
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  add(std::string_view{digits.data(), end});
}

} // namespace tally
