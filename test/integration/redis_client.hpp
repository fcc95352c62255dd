#pragma once

#include "tcp_stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::test {

/// A minimal RESP client to inspect a Redis.
class redis_client {
public:
  explicit redis_client(std::uint16_t port) : stream_{tcp_stream{port}} {}

  /// The reply as text: a string or number unchanged, an array with one element per line, and
  /// nothing for nil. Throws the text of an error reply, or when the connection breaks.
  std::optional<std::string> command(const std::vector<std::string>& words);

private:
  std::optional<std::string> read_reply();

  buffered_tcp_stream stream_;
};

} // namespace tally::test
