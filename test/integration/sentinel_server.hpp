#pragma once

#include "process.hpp"
#include "redis_client.hpp"
#include "redis_server.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"

#include <cstdint>
#include <string>

namespace tally::test {

/// A Redis that replicates this one, and announces itself as 127.0.0.1.
redis_server::options replica_of(const redis_server& master);

/// A sentinel that watches a Redis, and starts a fail-over by itself half a second after it has
/// lost the master.
class sentinel_server {
public:
  /// The name of the master.
  static constexpr const char* service = "tally";

  /// Waits until it has found `replicas` replicas.
  sentinel_server(const redis_server& master, int replicas, const std::string& password = "");

  std::uint16_t port() const { return port_.number(); }
  /// As an element of REDIS_SENTINELS.
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  redis_client connect() const;
  /// The port of the master that it names.
  std::uint16_t master_port() const;
  /// Starts a fail-over, which ends later.
  void fail_over() const;

private:
  temporary_folder folder_;
  reserved_port port_;
  std::string password_;
  process process_;
};

} // namespace tally::test
