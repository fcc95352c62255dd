#pragma once

#include "tcp_stream.hpp"

#include <cstdint>

namespace tally::test {

/// A port of 127.0.0.1 that the system chose, held as long as this object lives.
///
/// The socket is bound with SO_REUSEADDR and does not listen, which lets a server that sets
/// SO_REUSEADDR listen there, and go and come back, while the system gives the port to nobody else:
/// neither to bind(0) nor as the local end of an outgoing connection. Until a server listens,
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

/// A listening socket on a port that the system chose.
class tcp_listener : public reserved_port {
public:
  tcp_listener();

  /// The next connection; throws when none comes in time.
  tcp_stream accept();
  /// Ends a wait in accept, now and later.
  void close();
};

} // namespace tally::test
