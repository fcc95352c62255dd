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

/// A private Redis on a port of its own that it keeps over restarts, as it keeps its data: every
/// write is on its append-only file before its reply.
class redis_server {
public:
  struct options {
    std::string password;                ///< requirepass; none when empty
    std::vector<std::string> directives; ///< more of redis.conf, a word an element
    environment variables{};             ///< of the process
  };

  redis_server() : redis_server(options{}) {}
  explicit redis_server(options wanted);

  /// One that does not run yet.
  struct absent_t {};
  static constexpr absent_t absent{};
  explicit redis_server(absent_t) {}

  /// Starts it and waits until it answers.
  void start();
  /// kill -9.
  void kill() { process_.reset(); }
  void freeze() { process_->signal(SIGSTOP); }
  void thaw() { process_->signal(SIGCONT); }

  std::uint16_t port() const { return port_.number(); }
  /// A connection, logged in as the default user.
  redis_client connect() const;
  /// What it counted: the key `visits`, 0 when there is none.
  long long visits() const;
  /// The part of the append-only file that is written to.
  std::filesystem::path append_only_file() const;

private:
  bool answers() const;

  options options_;
  reserved_port port_;
  temporary_folder folder_;
  std::optional<process> process_;
};

} // namespace tally::test
