#pragma once

#include "http_client.hpp"

#include <string>
#include <vector>

namespace tally::test {

/// The request that an attacker would smuggle: a visit.
inline const std::string smuggled = visit_text();

/// Bytes that two parsers could read differently.
struct message {
  std::string name;
  std::string bytes;
};

/// Checks that nginx and tally agree on where each message ends. Sends each message to an nginx
/// with a tally behind it, more requests after it on the same connection, and then a visit on
/// another connection. Redis must count the visits that nginx logged, the client must get a
/// response to each, and the last visit must get the right number.
void check_agreement(const std::vector<message>& messages);

} // namespace tally::test
