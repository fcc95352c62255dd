#include <tally/http/server.hpp>
#include <tally/net/listener.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tally {
namespace {

// Without a free descriptor each accept fails immediately: pause until a session has ended.
constexpr std::chrono::milliseconds starved_pause{100};

// An accept takes as long as several requests, so few in a turn leave time for active connections.
constexpr int max_accepts_per_turn = 4;

// In a drain: the time for pending handshakes to finish, which is enough in a local network without
// packet loss, and the time for the first request of a new connection.
constexpr std::chrono::milliseconds handshake_time{100};
constexpr std::chrono::milliseconds first_request_time{1000};

// accept(2): these errors concern one connection only. Any other error would recur immediately.
bool concerns_one_connection(int error)
{
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN ||
         error == EHOSTUNREACH || error == ENETUNREACH || error == EPERM;
}

} // namespace

server::server(int listener, event_loop& loop, request_handler& handler,
               const http_settings& settings, log& log)
    : listener_{listener}, loop_{loop}, shared_{handler, settings, log, {}},
      connections_{loop, shared_, [this] { resume_accepting(); }}, resume_timer_{loop},
      drain_timer_{loop}
{
  loop_.add(listener_, EPOLLIN, *this);
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

// Accept at the end of the turn, after the requests of open connections.
void server::on_events(std::uint32_t)
{
  loop_.defer(*this);
}

// Accepts a few of the connections that have arrived; at the limit, evicts an idle one first.
void server::on_turn_end()
{
  if (listener_ < 0)
    return; // a drain closed the listener in this turn
  const std::size_t limit = shared_.settings.max_connections;
  if (connections_.size() >= limit) {
    shared_.log.warning("connections_at_limit", {{"connections", connections_.size()}});
    if (!connections_.evict_idle())
      return pause_accepting();
  }
  for (int i = 0; i != max_accepts_per_turn && connections_.size() < limit; ++i)
    if (const error_code error = accept()) {
      if (error == asio::error::would_block)
        return;
      shared_.log.error("accept_failed", {{"reason", error.message()}});
      if (!connections_.evict_idle())
        pause_accepting();
      return;
    }
}

error_code server::accept()
{
  int socket = -1;
  do
    socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (socket < 0 && concerns_one_connection(errno));
  return socket < 0 ? error_code{errno, boost::system::system_category()}
                    : connections_.open(socket);
}

// Until a connection ends, none can be accepted: ignore the events of the listener.
void server::pause_accepting()
{
  accepting_paused_ = true;
  loop_.rearm(listener_, 0, *this);
  resume_timer_.set(clock::now() + starved_pause, [this] { resume_accepting(); });
}

void server::resume_accepting()
{
  if (std::exchange(accepting_paused_, false) && listener_ >= 0)
    loop_.rearm(listener_, EPOLLIN, *this);
}

// Accepts one connection during a drain; returns whether the queue may hold another.
bool server::accept_last()
{
  const error_code error = accept();
  return !error || (error != asio::error::would_block && connections_.evict_idle());
}

awaitable<void> server::drain()
{
  shared_.handler.drain();
  shared_.draining = true;
  co_await drain_timer_.sleep_until(clock::now() + shared_.settings.drain_delay);
  const auto deadline = clock::now() + shared_.settings.drain_grace;

  // Closing a listener resets the connections in its queue and those in their handshake. So refuse
  // new connections, let pending handshakes finish, and accept all.
  if (const error_code error = refuse_new_connections(listener_))
    shared_.log.warning("new_connections_not_refused", {{"reason", error.message()}});
  else
    co_await drain_timer_.sleep_until(
        clock::now() + std::min<clock::duration>(handshake_time, shared_.settings.drain_grace));
  while (accept_last())
    ;
  close();

  // A client that has just connected may be about to send a request: give it a last chance.
  const auto last_chance = std::min(clock::now() + first_request_time, deadline);
  connections_.close_idle(coarse_now() - first_request_time);
  co_await connections_.wait_until_closed(last_chance);
  shared_.closing = true;
  connections_.close_idle();
  co_await connections_.wait_until_closed(deadline);
  if (connections_.size() != 0)
    shared_.log.warning("drain_cut", {{"sessions", connections_.size()}});
  connections_.abort();
}

} // namespace tally
