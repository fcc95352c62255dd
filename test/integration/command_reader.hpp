#pragma once

#include "tcp_stream.hpp"

#include <string>
#include <vector>

namespace tally::test {

/// Reads the commands that a client of Redis sends, one by one, however they arrive.
class command_reader {
public:
  explicit command_reader(tcp_stream& connection) : connection_{connection} {}

  /// The words of the next command. Throws when the stream ends first.
  std::vector<std::string> read();

private:
  tcp_stream& connection_;
  std::string received_;
};

} // namespace tally::test
