#pragma once

#include <tally/awaitable.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstdint>

namespace tally {

/// Tells which of a worker's connections are ready, all in one system call, and what is to be done
/// once when all of them were told.
///
/// This is an epoll(7) set inside Asio's. Asio's own sockets ask the kernel twice for each request:
/// they try to read before they wait, or arm the wait anew. Here a descriptor is armed once, and a
/// request costs its one read; what the set itself costs is shared by all that came together.
class poller {
public:
  class subscriber {
  public:
    /// What epoll_wait(2) says. May close its own descriptor; another one only if that one's
    /// subscriber stays, and bears to be told of what was there before.
    virtual void on_events(std::uint32_t events) = 0;

  protected:
    ~subscriber() = default;
  };

  /// Something to do at the end of a turn: when all that had come was told, so that what belongs
  /// together goes together.
  class deferred {
  public:
    virtual void on_turn_end() = 0;

  protected:
    deferred() = default;
    ~deferred() = default;
    deferred(const deferred&) = delete;
    deferred& operator=(const deferred&) = delete;

  private:
    friend class poller;
    using hook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    hook hook_;
  };

  /// Throws boost::system::system_error when the system has no descriptor for it.
  explicit poller(executor loop);

  /// Tells `whom` of these events (epoll_ctl(2)) from now on, until the descriptor is closed.
  void add(int descriptor, std::uint32_t events, subscriber& whom);

  /// Of these events instead, and also when they have been told before.
  void rearm(int descriptor, std::uint32_t events, subscriber& whom);

  /// Calls `what` once, at the end of this turn; or soon, where there is none. It may go away
  /// before.
  void defer(deferred& what);

  /// Calls `what` at the end of the next turn, which follows at once; or when something has come,
  /// and no later than after `at_most`. Within a turn.
  void defer_to_next(deferred& what, std::chrono::microseconds at_most = {});

  /// Calls `what` at the end of the next turn, which follows after this time. Nobody is told of
  /// anything meanwhile. Within a turn.
  void defer_by(deferred& what, std::chrono::microseconds pause);

  /// What comes on this descriptor, which was added, is waited for by many, and comes soon: it is
  /// told before all else that comes meanwhile.
  void expect(int descriptor, subscriber& whom)
  {
    expected_ = descriptor;
    expecting_ = &whom;
  }

  /// Nothing is waited for like that any more.
  void expect_nothing() { expected_ = -1; }

  /// Lets Asio's loop go on at the end of this turn: something was posted to it.
  void hand_over() { hand_over_ = true; }

  /// Lets the loop end.
  void stop();

private:
  using deferred_list = boost::intrusive::list<
      deferred, boost::intrusive::member_hook<deferred, deferred::hook, &deferred::hook_>,
      boost::intrusive::constant_time_size<false>>;

  void wait();
  void turn();
  bool tell(int wait_ms);
  bool tell_expected();
  static bool comes(int descriptor, std::chrono::nanoseconds at_most);
  void end_turn();

  executor loop_;
  asio::posix::basic_stream_descriptor<executor> set_;
  deferred_list deferred_;
  deferred_list next_;
  std::chrono::microseconds next_wait_{};
  std::chrono::microseconds pause_{};
  bool in_turn_ = false;
  bool hand_over_ = false;
  int expected_ = -1;
  subscriber* expecting_ = nullptr;
};

} // namespace tally
