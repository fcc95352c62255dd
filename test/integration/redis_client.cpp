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
  const auto line = read_line();
  const auto text = line.substr(1);
  switch (line[0]) {
  case '+':
  case ':':
    return text;
  case '$': {
    if (text == "-1")
      return std::nullopt;
    auto value = read_exactly(std::stoul(text) + 2);
    value.resize(value.size() - 2);
    return value;
  }
  case '*': {
    std::string lines;
    for (auto left = std::stol(text); left > 0; --left)
      lines += read_reply().value_or("") + '\n';
    return lines;
  }
  default:
    throw std::runtime_error{text};
  }
}

std::string redis_client::read_line()
{
  auto end = std::string::npos;
  while ((end = received_.find("\r\n")) == std::string::npos)
    read_more();
  auto line = read_exactly(end + 2);
  line.resize(end);
  return line;
}

std::string redis_client::read_exactly(std::size_t size)
{
  while (received_.size() < size)
    read_more();
  auto bytes = received_.substr(0, size);
  received_.erase(0, size);
  return bytes;
}

void redis_client::read_more()
{
  const auto bytes = stream_.read_some();
  if (bytes.empty())
    throw std::runtime_error{"Redis closed the connection"};
  received_ += bytes;
}

} // namespace tally::test
