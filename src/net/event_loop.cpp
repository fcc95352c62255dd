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

// The events of one epoll_wait(2). More than these wait for the next turn.
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

event_loop::event_loop() : set_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")}
{
  add(wakeup_.descriptor, EPOLLIN, wakeup_);
}

event_loop::~event_loop()
{
  close(set_);
}

void event_loop::run()
{
  while (!stopped_)
    run_turn();
}

void event_loop::run_turn()
{
  // What was posted before run() needs no event; what is deferred to this turn must not wait for
  // one.
  bool more = true;
  while (more && !stopped_) {
    more = context_.poll() != 0;
    more = run_deferred() || more;
  }
  if (stopped_)
    return;
  std::array<epoll_event, max_events> events; // NOLINT(*-member-init): the kernel writes it
  const int n = epoll_wait(set_, events.data(), max_events, next_.empty() ? -1 : 0);
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<event_handler*>(event.data.ptr)->on_events(event.events);
  }
  deferred_.splice(deferred_.end(), next_);
}

bool event_loop::run_deferred()
{
  const bool any = !deferred_.empty();
  while (!deferred_.empty()) {
    deferred& work = deferred_.front();
    deferred_.pop_front();
    work.on_turn_end();
  }
  return any;
}

void event_loop::post(std::function<void()> function)
{
  asio::post(context_, std::move(function));
  wakeup_.signal();
}

void event_loop::add(int descriptor, std::uint32_t events, event_handler& handler)
{
  epoll_event wanted{events, {&handler}};
  check(epoll_ctl(set_, EPOLL_CTL_ADD, descriptor, &wanted), "epoll_ctl");
}

void event_loop::rearm(int descriptor, std::uint32_t events, event_handler& handler)
{
  epoll_event wanted{events, {&handler}};
  epoll_ctl(set_, EPOLL_CTL_MOD, descriptor, &wanted);
}

void event_loop::defer(deferred& work)
{
  if (!work.hook_.is_linked())
    deferred_.push_back(work);
}

void event_loop::defer_to_next(deferred& work)
{
  if (!work.hook_.is_linked())
    next_.push_back(work);
}

} // namespace tally
