#include <tally/net/event_loop.hpp>

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace tally {
namespace {

// The events of one turn. Any more wait for the next turn.
constexpr std::size_t max_events = 128;

int check(int descriptor, const char* call)
{
  if (descriptor < 0)
    throw boost::system::system_error{errno, boost::system::system_category(), call};
  return descriptor;
}

} // namespace

event_loop::wakeup::wakeup() : descriptor{check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")}
{
}

event_loop::wakeup::~wakeup()
{
  close(descriptor);
}

void event_loop::wakeup::signal() const
{
  eventfd_write(descriptor, 1);
}

void event_loop::wakeup::on_events(std::uint32_t)
{
  eventfd_t count = 0;
  eventfd_read(descriptor, &count);
}

event_loop::event_loop() : epoll_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")}
{
  add(wakeup_.descriptor, EPOLLIN, wakeup_);
}

event_loop::~event_loop()
{
  close(epoll_);
}

void event_loop::run()
{
  while (!stopped_)
    run_turn();
}

void event_loop::run_turn()
{
  // Run what was posted before run() or deferred to this turn: it must not wait for an event.
  bool progress = true;
  while (progress && !stopped_) {
    progress = context_.poll() != 0;
    progress = run_deferred() || progress;
  }
  if (stopped_)
    return;
  std::array<epoll_event, max_events> events; // NOLINT(*-member-init): the kernel writes it
  const int count =
      epoll_wait(epoll_, events.data(), max_events, deferred_to_next_.empty() ? -1 : 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<event_handler*>(event.data.ptr)->on_events(event.events);
  }
  deferred_.splice(deferred_.end(), deferred_to_next_);
}

bool event_loop::run_deferred()
{
  const bool has_work = !deferred_.empty();
  while (!deferred_.empty()) {
    deferred& work = deferred_.front();
    deferred_.pop_front();
    work.on_turn_end();
  }
  return has_work;
}

void event_loop::post(std::function<void()> function)
{
  asio::post(context_, std::move(function));
  wakeup_.signal();
}

void event_loop::add(int descriptor, std::uint32_t events, event_handler& handler)
{
  epoll_event event{events, {&handler}};
  check(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void event_loop::rearm(int descriptor, std::uint32_t events, event_handler& handler)
{
  epoll_event event{events, {&handler}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void event_loop::defer(deferred& work)
{
  if (!work.hook_.is_linked())
    deferred_.push_back(work);
}

void event_loop::defer_to_next(deferred& work)
{
  if (!work.hook_.is_linked())
    deferred_to_next_.push_back(work);
}

} // namespace tally
