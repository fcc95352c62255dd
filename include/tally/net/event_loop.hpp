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
/// Asio's own reactor takes several system calls for each event: it tries to read before it waits,
/// or arms each wait anew. So the io_context in here has neither descriptors nor timers; it queues
/// handlers, and to run these costs no system call. The loop blocks in one place, in epoll_wait(2),
/// without a timeout. Three things end that wait: a descriptor that is ready, a timerfd that
/// has expired, and the eventfd that post() writes to.
///
/// In each turn the loop calls the handlers of all descriptors that are ready, then Asio's
/// handlers, and at last the work that these have deferred to the end of the turn.
class event_loop {
public:
  class event_handler {
  public:
    /// Events of epoll_wait(2). It may close any descriptor, but must destroy another event handler
    /// only at the end of the turn, since that one may have an event in this turn.
    virtual void on_events(std::uint32_t events) = 0;

  protected:
    ~event_handler() = default;
  };

  /// Work for the end of a turn, so that what arrives together goes on together.
  class deferred {
  public:
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

  /// Throws boost::system::system_error when the system has no descriptor for it.
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// For coroutines, on the loop's own thread. Other threads call post().
  executor get_executor() { return context_.get_executor(); }

  /// Serves on the calling thread until stop().
  void run();

  /// One turn: waits until there is something to do, and does it.
  void run_turn();

  /// Ends run() after this turn. On the loop's thread.
  void stop() { stopped_ = true; }

  /// Calls `function` on the loop's thread, unless run() ends before. From any thread, at any time.
  void post(std::function<void()> function);

  /// Calls `handler` for these events (epoll_ctl(2)) until the descriptor is closed. Throws
  /// boost::system::system_error when the system has no memory for it.
  void add(int descriptor, std::uint32_t events, event_handler& handler);

  /// Waits for these events instead, and reports those that are there already.
  void rearm(int descriptor, std::uint32_t events, event_handler& handler);

  /// Calls `work` once, at the end of this turn. It may be destroyed before.
  void defer(deferred& work);

  /// Calls `work` once, at the end of the next turn, which does not wait for an event.
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
  int set_;
  wakeup wakeup_;
  deferred_list deferred_;
  deferred_list next_;
  bool stopped_ = false;
};

} // namespace tally
