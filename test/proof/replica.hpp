#pragma once

#include "tally_process.hpp"
#include "tcp_listener.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tally::test {

/// One Tally that keeps its port across restarts.
class replica {
public:
  explicit replica(std::uint16_t redis_port);

  /// Throws when Tally does not exit with status 0.
  void drain_and_restart();
  void kill_and_restart();

  bool running() { return process_->running(); }
  void wait_until_ready() { process_->wait_for_readyz(200); }
  std::string log() const { return process_->everything_written(); }
  std::uint16_t port() const { return port_.number(); }

private:
  void start();

  reserved_port port_;
  environment settings_;
  std::optional<tally_process> process_;
};

} // namespace tally::test
