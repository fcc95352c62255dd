#pragma once

#include <tally/net/awaitable.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <functional>

namespace tally {

/// A worker's loop: one epoll(7) set for its descriptors and its timers, and Asio's queue for its
/// coroutines.
///
/// Asio's reactor takes several system calls per event: it tries to read before it waits, or arms
/// each wait again. So this io_context has neither descriptors nor timers; it only queues handlers,
/// and running these takes no system call. The loop blocks in one place, in epoll_wait(2), without
/// a timeout. A ready descriptor, an expired timerfd, or the eventfd of post() ends that wait.
///
/// In each turn the loop calls the handlers of all ready descriptors, then Asio's handlers, and
/// then the work that these have deferred to the end of the turn.
class event_loop {
public:
  class event_handler {
  public:
    /// Handles events of epoll_wait(2). It may close any descriptor, but must not destroy another
    /// event handler before the end of the turn: that one may have an event in this turn.
    virtual void on_events(std::uint32_t events) = 0;

  protected:
    ~event_handler() = default;
  };

  /// Work for the end of a turn, so that requests which arrive together are handled together.
  class deferred {
  public:
    /// Called once for each defer(). It may destroy this object.
    virtual void on_turn_end() = 0;

  protected:
    deferred() = default;
    ~deferred() = default;
    deferred(const deferred&) = delete;
    deferred& operator=(const deferred&) = delete;

  private:
    friend class event_loop;
    using hook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    hook hook_;
  };

  /// Throws boost::system::system_error if the process has no descriptor left.
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// For coroutines on the loop's thread. Other threads call post().
  executor get_executor() { return context_.get_executor(); }

  /// Runs turns on the calling thread until stop().
  void run();

  /// Runs one turn: waits until there is something to do, and does it.
  void run_turn();

  /// Ends run() after this turn. Only on the loop's thread.
  void stop() { stopped_ = true; }

  /// Calls `function` on the loop's thread, unless run() ends before. Callable from any thread.
  void post(std::function<void()> function);

  /// Calls `handler` for these events (epoll_ctl(2)) until the descriptor is closed. Throws
  /// boost::system::system_error if the system has no memory for it.
  void add(int descriptor, std::uint32_t events, event_handler& handler);

  /// Replaces the events that `handler` is called for, and reports those that are already present.
  void rearm(int descriptor, std::uint32_t events, event_handler& handler);

  /// Calls `work` once at the end of this turn, unless it is destroyed before.
  void defer(deferred& work);

  /// Calls `work` once at the end of the next turn, which does not wait for an event.
  void defer_to_next(deferred& work);

private:
  using deferred_list = boost::intrusive::list<
      deferred, boost::intrusive::member_hook<deferred, deferred::hook, &deferred::hook_>,
      boost::intrusive::constant_time_size<false>>;

  /// Empties the eventfd that post() writes to.
  struct wakeup final : event_handler {
    wakeup();
    ~wakeup();
    wakeup(const wakeup&) = delete;
    wakeup& operator=(const wakeup&) = delete;
    void signal() const;
    void on_events(std::uint32_t events) override;
    int descriptor;
  };

  bool run_deferred();

  asio::io_context context_{1};
  asio::executor_work_guard<executor> work_{context_.get_executor()};
  int epoll_;
  wakeup wakeup_;
  deferred_list deferred_;
  deferred_list deferred_to_next_;
  bool stopped_ = false;
};

} // namespace tally
