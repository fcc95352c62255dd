#include "command_reader.hpp"

#include "resp.hpp"

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace tally::test {

std::vector<std::string> command_reader::read()
{
  std::size_t size = 0;
  while ((size = resp_size(received_)) == 0) {
    const auto bytes = connection_.read_some();
    if (bytes.empty())
      throw std::runtime_error{"the client has closed the connection"};
    received_ += bytes;
  }
  std::vector<std::string> words;
  const auto command = std::string_view{received_}.substr(0, size);
  for (std::size_t position = command.find("\r\n") + 2; position != size;) {
    const auto word = command.substr(position, resp_size(command.substr(position)));
    const auto begin = word.find("\r\n") + 2;
    words.emplace_back(word.substr(begin, word.size() - begin - 2));
    position += word.size();
  }
  received_.erase(0, size);
  return words;
}

} // namespace tally::test
