#pragma once

#include <tally/awaitable.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstdint>

namespace tally {

/// Tells which of a worker's connections have something to read, all in one system call.
///
/// This is an epoll(7) set inside Asio's. Asio's own sockets ask the kernel twice for each request:
/// they try to read before they wait, or arm the wait anew. Here a descriptor is armed once, and a
/// request costs its one read; what the set itself costs is shared by all that came together.
class poller {
public:
  class subscriber {
  public:
    /// What epoll_wait(2) says. May close this descriptor, and no other's.
    virtual void on_events(std::uint32_t events) = 0;

  protected:
    ~subscriber() = default;
  };

  /// Throws boost::system::system_error when the system has no descriptor for it.
  explicit poller(executor loop);

  /// Tells `whom` from now on, until the descriptor is closed, when it has become readable.
  void add(int descriptor, subscriber& whom);

  /// The same anew, so that it is told again what has not changed; and with `writable` also when it
  /// can be written again.
  void rearm(int descriptor, subscriber& whom, bool writable);

  /// Lets the loop end.
  void stop();

private:
  void wait();
  void tell();

  asio::posix::basic_stream_descriptor<executor> set_;
};

} // namespace tally
