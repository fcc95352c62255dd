#pragma once

#include "process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace tally::test {

/// An nginx with the configuration of the stack, in front of replicas of tally on 127.0.0.1.
class nginx_server {
public:
  /// Waits until it responds; throws its error output when it does not.
  nginx_server(std::initializer_list<std::uint16_t> upstreams);

  std::uint16_t port() const { return port_.number(); }
  /// The access log so far.
  std::string access_log() const { return process_.output(); }
  std::string errors() const { return process_.errors(); }

  /// Removes the folder for request bodies that exceed nginx's buffer, so that nginx fails on them.
  void remove_temporary_files() const;

private:
  std::vector<std::string> command(std::initializer_list<std::uint16_t> upstreams) const;
  bool responds() const;

  reserved_port port_;
  temporary_folder folder_;
  process process_;
};

} // namespace tally::test
