#pragma once

#include "tcp_stream.hpp"

#include <cstdint>

namespace tally::test {

/// A free port of 127.0.0.1, reserved while this object exists.
///
/// The socket is bound with SO_REUSEADDR and does not listen. A server that sets SO_REUSEADDR can
/// listen on the port, stop and start again. The system assigns the port to no other socket,
/// neither by bind(0) nor as the local port of an outgoing connection. Until a server listens,
/// connections are refused.
class reserved_port {
public:
  reserved_port();
  ~reserved_port();
  reserved_port(const reserved_port&) = delete;
  reserved_port& operator=(const reserved_port&) = delete;

  std::uint16_t number() const { return number_; }

protected:
  int socket() const { return socket_; }

private:
  int socket_;
  std::uint16_t number_ = 0;
};

/// A listening socket on a free port of 127.0.0.1.
class tcp_listener : public reserved_port {
public:
  tcp_listener();

  /// Waits for the next connection; throws when none arrives in time.
  tcp_stream accept();
  /// Makes current and later calls of accept throw.
  void close();
};

} // namespace tally::test
