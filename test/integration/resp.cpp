#include "resp.hpp"

#include <string>

namespace tally::test {

std::size_t resp_size(std::string_view bytes)
{
  const auto line = bytes.find("\r\n");
  if (line == bytes.npos)
    return 0;
  std::size_t size = line + 2;
  if (bytes[0] != '$' && bytes[0] != '*')
    return size;
  auto length = std::stoll(std::string{bytes.substr(1, line - 1)});
  if (length < 0)
    return size;
  if (bytes[0] == '$') {
    size += static_cast<std::size_t>(length) + 2;
    return size <= bytes.size() ? size : 0;
  }
  for (; length > 0; --length) {
    const auto element = resp_size(bytes.substr(size));
    if (element == 0)
      return 0;
    size += element;
  }
  return size;
}

bool is_batch(std::string_view command)
{
  constexpr std::string_view name = "\r\n$7\r\nEVALSHA\r\n";
  constexpr std::string_view names = ":.names\r\n";
  if (const auto position = command.find(names); position != command.npos) {
    // A probe names one counter and the sequence number 0, and counts nothing.
    const auto length = command.find("\r\n", position + names.size());
    const auto end = command.find("\r\n", length + 2);
    if (command.substr(end).starts_with("\r\n$1\r\n0\r\n"))
      return false;
  }
  return command.substr(command.find("\r\n"), name.size()) == name;
}

bool is_duplicate(std::string_view reply)
{
  return reply.starts_with('$') && reply.substr(reply.find("\r\n")).starts_with("\r\n=");
}

} // namespace tally::test
