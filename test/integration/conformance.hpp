#pragma once

#include "http_client.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tally::test {

/// A response that must arrive, with one of these statuses.
struct expected_response {
  expected_response(int status) : statuses{status} {}
  expected_response(std::vector<int> allowed) : statuses{std::move(allowed)} {}

  std::vector<int> statuses;
  bool without_body = false; ///< whatever its Content-Length
};

/// A response to HEAD.
expected_response head_response(int status);

/// What happens to the connection.
enum class ending {
  stays_open,         ///< the next request is answered
  closes,             ///< the next request is neither executed nor answered
  closes_immediately, ///< the same, before the client sends another byte
  either,
};

/// The bytes that a client sends, and the expected result.
struct exchange {
  std::string name;
  std::string bytes;
  std::vector<expected_response> responses;
  int visits = 0;
  ending end = ending::stays_open;
};

/// One visit, answered with 200; the connection stays open.
exchange served(std::string name, std::string bytes);
/// One response with one of these statuses, then the connection closes.
exchange refused(std::string name, std::string bytes, std::vector<int> statuses = {400});
/// The same, before the client sends another byte.
exchange refused_immediately(std::string name, std::string bytes,
                             std::vector<int> statuses = {400});

/// A tally with its own Redis, to check exchanges.
class conformance {
public:
  explicit conformance(environment variables = {}) : tally_{redis_, std::move(variables)} {}

  /// Runs each exchange in one piece, byte by byte, and behind another request, each time on a new
  /// connection, until it fails once. Checks statuses, the form of errors, what happens to the
  /// connection, and what Redis counted.
  void check(const std::vector<exchange>& exchanges);

  const tally_process& tally() const { return tally_; }

private:
  enum class delivery { in_one_piece, byte_by_byte, pipelined };

  bool passes(const exchange& expected, delivery mode);
  int deliver(const exchange& expected, delivery mode) const;

  redis_server redis_;
  tally_process tally_;
  long long total_ = 0;
};

} // namespace tally::test
