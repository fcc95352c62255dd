#pragma once

#include "process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tally::test {

/// The nginx of the stack, our tally.conf, before one upstream on 127.0.0.1.
class nginx_server {
public:
  /// Waits until it answers. Throws its words when it does not.
  explicit nginx_server(std::uint16_t upstream);

  std::uint16_t port() const { return port_.number(); }
  /// The lines of the access log so far.
  std::string access_log() const { return text_of(folder_.path() / "access.log"); }

private:
  std::vector<std::string> command(std::uint16_t upstream) const;
  bool answers() const;

  reserved_port port_;
  temporary_folder folder_;
  process process_;
};

} // namespace tally::test
