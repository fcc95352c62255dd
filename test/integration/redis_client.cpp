#include "redis_client.hpp"

#include <stdexcept>

namespace tally::test {

std::optional<std::string> redis_client::command(const std::vector<std::string>& words)
{
  auto bytes = '*' + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words)
    bytes += '$' + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  stream_.send(bytes);
  return read_reply();
}

std::optional<std::string> redis_client::read_reply()
{
  const auto line = stream_.read_until("\r\n");
  const auto text = line.substr(1, line.size() - 3);
  switch (line[0]) {
  case '+':
  case ':':
    return text;
  case '$': {
    if (text == "-1")
      return std::nullopt;
    auto value = stream_.read_exactly(std::stoul(text) + 2);
    value.resize(value.size() - 2);
    return value;
  }
  case '*': {
    std::string lines;
    for (auto elements = std::stol(text); elements > 0; --elements)
      lines += read_reply().value_or("") + '\n';
    return lines;
  }
  default:
    throw std::runtime_error{text};
  }
}

} // namespace tally::test
