#pragma once

#include "tcp_stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::test {

/// Speaks just enough RESP to ask a Redis what it holds.
class redis_client {
public:
  explicit redis_client(std::uint16_t port) : stream_{port} {}

  /// The reply as text: a string or a number as it is, the elements of an array one a line, and
  /// nothing for nil. Throws Redis' own words when it refuses, or when the connection breaks.
  std::optional<std::string> command(const std::vector<std::string>& words);

private:
  std::optional<std::string> read_reply();
  std::string read_line();
  std::string read_exactly(std::size_t size);
  void read_more();

  tcp_stream stream_;
  std::string received_;
};

} // namespace tally::test
