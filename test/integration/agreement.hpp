#pragma once

#include <string>
#include <vector>

namespace tally::test {

/// Bytes that two readers could read differently.
struct message {
  std::string name;
  std::string bytes;
};

/// Sends each message to an nginx with a tally behind it, other requests right behind it on the
/// same connection, and a visitor of good faith after that. Checks that Redis counts the visits
/// that nginx saw, whatever those are, that the client was told of each, and that the visitor is
/// shown the right number: that the two agree on where each request ends.
void check_agreement(const std::vector<message>& messages);

} // namespace tally::test
