#include <tally/listener.hpp>
#include <tally/server.hpp>
#include <tally/socket_stream.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tally {
namespace {

// Without a free descriptor accept fails immediately, each time: pause, and let sessions end.
constexpr std::chrono::milliseconds starved_pause{100};

// As many as are let in, or shown out, before it is the turn of those who are served: each takes
// the time of several requests. To look at a session takes little.
constexpr int at_once = 4;
constexpr int looked_at_at_once = 256;

// After no more connections than these there is little to give back to the system.
constexpr std::size_t few = 100;

// In a drain: the time for handshakes under way to finish, which is enough between machines that
// are near each other unless a packet is lost, and for the first request of a new connection.
constexpr std::chrono::milliseconds handshake_time{100};
constexpr std::chrono::milliseconds first_request_time{1000};

// How late a deadline may be noticed. One timer for all sessions, and none while there are none.
constexpr std::chrono::milliseconds sweep_interval{250};

std::string reason(const std::exception_ptr& failure)
{
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown";
  }
}

awaitable<void> sleep(timer& on, clock::duration pause)
{
  on.expires_after(pause);
  co_await on.async_wait(as_tuple);
}

// accept(2): these failures are of the one connection that was about to be accepted. Any other
// recurs immediately, until something else changes.
bool is_of_one_connection(int failure)
{
  return failure == ECONNABORTED || failure == EINTR || failure == EPROTO || failure == ENETDOWN ||
         failure == EHOSTUNREACH || failure == ENETUNREACH || failure == EPERM;
}

} // namespace

struct server::connection {
  connection(int socket, poller& on, session::shared& with) : stream{socket, on}, http{stream, with}
  {
  }

  socket_stream stream;
  session http;
};

server::server(int listener, executor loop, poller& with, router& routes,
               const http_settings& settings, log& to)
    : listener_{listener}, loop_{loop}, router_{routes}, shared_{routes, settings, to, {}},
      poller_{with}, pause_{loop}, sweep_pause_{loop}, drain_delay_{loop}, ended_{loop}
{
  poller_.add(listener_, EPOLLIN, *this);
}

server::~server()
{
  close();
}

void server::close()
{
  if (listener_ >= 0)
    ::close(std::exchange(listener_, -1));
}

// Who gives way to others is only to be closed when nobody is to be told any more in this turn.
void server::on_events(std::uint32_t)
{
  somebody_waits_ = true;
  poller_.defer(*this);
}

void server::on_turn_end()
{
  if (std::exchange(somebody_waits_, false))
    let_in();
  if (sweeping_)
    sweep();
}

void server::let_in()
{
  const std::size_t limit = shared_.settings.max_connections;
  if (connections_.size() >= limit) {
    shared_.to.warning("connections_at_limit", {{"connections", connections_.size()}});
    if (!make_room())
      return pause();
  }
  for (int i = 0; i != at_once && connections_.size() < limit; ++i)
    if (const error_code failure = accept()) {
      if (failure == asio::error::would_block)
        return;
      shared_.to.error("accept_failed", {{"reason", failure.message()}});
      if (!make_room())
        pause();
      return;
    }
}

error_code server::accept()
{
  int socket = -1;
  do
    socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (socket < 0 && is_of_one_connection(errno));
  return socket < 0 ? error_code{errno, boost::system::system_category()} : open(socket);
}

error_code server::open(int socket)
{
  const auto opened = connections_.emplace(connections_.end(), socket, poller_, shared_);
  const auto ended = [this, opened](const std::exception_ptr& failure) {
    if (failure)
      shared_.to.error("session_failed",
                       {{"request_id", opened->http.request_id()}, {"reason", reason(failure)}});
    connections_.erase(opened);
    unswept_ = std::min(unswept_, connections_.size());
    go_on();
    if (connections_.empty())
      on_empty();
  };
  try {
    opened->http.run(ended);
  } catch (const boost::system::system_error& failure) { // the poller has no room for it
    connections_.erase(opened);
    return failure.code();
  }
  if (crowd_ == 0)
    sweep_later();
  crowd_ = std::max(crowd_, connections_.size());
  return {};
}

// Of those who keep a connection and ask for nothing, the one who has done so for the longest time
// gives way to who waits to be let in. Who was answered a moment ago may be about to ask again.
bool server::make_room()
{
  const auto before = connections_.size();
  const auto late = coarse_now() - shared_.settings.request_timeout;
  session* longest = nullptr;
  for_each_session([&](session& each) {
    const auto since = each.idle_since();
    if (since && *since <= late && (!longest || *since < *longest->idle_since()))
      longest = &each;
  });
  if (longest)
    longest->end_if_idle();
  return connections_.size() < before;
}

// Somebody waits, and cannot be let in until a session ends: not to be told of it all the time.
void server::pause()
{
  paused_ = true;
  poller_.rearm(listener_, 0, *this);
  pause_.expires_after(starved_pause);
  pause_.async_wait([this](const error_code& cancelled) {
    if (!cancelled)
      go_on();
  });
}

void server::go_on()
{
  if (std::exchange(paused_, false) && listener_ >= 0)
    poller_.rearm(listener_, EPOLLIN, *this);
}

// What is done to a session may be the end of it.
template <class Action>
void server::for_each_session(Action action)
{
  for (auto next = connections_.begin(); next != connections_.end();) {
    session& each = next->http;
    ++next;
    action(each);
  }
}

void server::on_empty()
{
  ended_.cancel();
  if (shared_.closing)
    sweep_pause_.cancel();
}

void server::sweep_later()
{
  sweep_pause_.expires_after(sweep_interval);
  sweep_pause_.async_wait([this](const error_code& cancelled) {
    if (cancelled)
      return;
    unswept_ = connections_.size();
    sweeping_ = true;
    poller_.defer(*this);
  });
}

// Whoever has been looked at goes to the end of the line, so that others may come and go between
// one turn and the next.
void server::sweep()
{
  const auto now = clock::now();
  int ended = 0;
  for (int i = 0; i != looked_at_at_once && ended != at_once && unswept_ != 0; ++i) {
    --unswept_;
    connections_.splice(connections_.end(), connections_, connections_.begin());
    if (connections_.back().http.sweep(now))
      ++ended;
  }
  if (unswept_ != 0)
    return poller_.defer_to_next(*this);
  sweeping_ = false;
  if (!connections_.empty())
    return sweep_later();
  if (std::exchange(crowd_, 0) > few)
    malloc_trim(0); // what a crowd took goes back to the system when it is gone
}

// Returns when no connection is left, or at the deadline.
awaitable<void> server::all_ended(clock::time_point deadline)
{
  while (!connections_.empty() && clock::now() < deadline)
    co_await sleep(ended_, deadline - clock::now());
}

// Accepts a connection; returns whether there may be another one in the queue.
bool server::accept_last()
{
  const error_code error = accept();
  return !error || (error != asio::error::would_block && make_room());
}

awaitable<void> server::drain()
{
  router_.drain();
  shared_.draining = true;
  co_await sleep(drain_delay_, shared_.settings.drain_delay);
  const auto deadline = clock::now() + shared_.settings.drain_grace;

  // Closing a listener resets the connections that wait in its queue, and those whose handshake is
  // under way: refuse new handshakes, let the others finish, and accept all.
  if (const error_code failure = refuse_new_connections(listener_))
    shared_.to.warning("new_connections_not_refused", {{"reason", failure.message()}});
  else
    co_await sleep(drain_delay_,
                   std::min<clock::duration>(handshake_time, shared_.settings.drain_grace));
  while (accept_last())
    ;
  close();
  pause_.cancel();

  // A client that connected a moment ago may be about to send a request. One that has been silent
  // for longer is not.
  const auto last_chance = std::min(clock::now() + first_request_time, deadline);
  for_each_session([](session& each) { each.end_if_idle(coarse_now() - first_request_time); });
  co_await all_ended(last_chance);
  shared_.closing = true;
  for_each_session([](session& each) { each.end_if_idle(); });
  if (connections_.empty())
    on_empty();
  co_await all_ended(deadline);
  if (!connections_.empty())
    shared_.to.warning("drain_cut", {{"sessions", connections_.size()}});
  for_each_session([](session& each) { each.cut(); });
}

} // namespace tally
