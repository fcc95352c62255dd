#pragma once

#include "process.hpp"
#include "redis_client.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <signal.h>
#include <string>
#include <vector>

namespace tally::test {

/// A private Redis. It keeps its port and its data when it restarts: every write is in the
/// append-only file before the reply.
class redis_server {
public:
  struct options {
    std::string password;                ///< requirepass; none when empty
    std::vector<std::string> directives; ///< further arguments, one word per element
    environment variables{};             ///< of the process
  };

  redis_server() : redis_server(options{}) {}
  explicit redis_server(options configuration);

  /// A Redis that is not started yet.
  struct absent_t {};
  static constexpr absent_t absent{};
  explicit redis_server(absent_t) {}

  /// Starts it and waits until it responds.
  void start();
  /// Sends SIGKILL and waits for the end.
  void kill() { process_.reset(); }
  void freeze() { process_->signal(SIGSTOP); }
  void thaw() { process_->signal(SIGCONT); }

  std::uint16_t port() const { return port_.number(); }
  /// A new connection, logged in as the default user.
  redis_client connect() const;
  /// The total of a counter; 0 when it has no key.
  long long visits(const std::string& counter = "visits") const;
  /// The part of the append-only file that Redis writes.
  std::filesystem::path append_only_file() const;

private:
  bool responds() const;

  options options_;
  reserved_port port_;
  temporary_folder folder_;
  std::optional<process> process_;
};

} // namespace tally::test
