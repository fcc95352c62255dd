#include <tally/server.hpp>
#include <tally/socket_stream.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cerrno>
#include <exception>
#include <limits>
#include <malloc.h>
#include <sys/socket.h>
#include <utility>

namespace tally {
namespace {

// Without a free descriptor accept fails at once, for ever: pause, and let sessions end.
constexpr std::chrono::milliseconds starved_pause{100};

// Who was answered a moment ago may be about to ask again.
constexpr std::chrono::milliseconds idle_at_least{5000};

// How late a deadline may be noticed. One timer for all sessions, and none while there are none.
constexpr std::chrono::milliseconds sweep_interval{250};

// Bytes of answers that the kernel holds for a peer which does not read them. It would go up to
// megabytes by itself, and serve such a peer ten thousand requests before it is noticed.
constexpr int unread_answers = 65536;

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
// comes back at once, for ever, until something else gives.
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

server::server(listener on, poller& with, router& routes, const http_settings& settings, log& to)
    : listener_{std::move(on)}, router_{routes}, shared_{routes, settings, to, {}}, poller_{with},
      room_{listener_.get_executor()}, sweep_pause_{listener_.get_executor()},
      drain_delay_{listener_.get_executor()}, ended_{listener_.get_executor()}
{
}

server::~server() = default;

awaitable<void> server::run()
{
  error_code failure;
  listener_.non_blocking(true, failure);
  // Sockets have it from their listener (tcp(7), Linux): an answer is one write, so there is
  // nothing to wait for before it goes out.
  listener_.set_option(asio::ip::tcp::no_delay{true}, failure);
  listener_.set_option(asio::socket_base::send_buffer_size{unread_answers}, failure);
  while (listener_.is_open()) {
    co_await listener_.async_wait(listener_.wait_read, as_tuple);
    if (!listener_.is_open() || accept_waiting(shared_.settings.max_connections))
      continue;
    // Somebody waits, and accept fails, or is not to be tried, until a session ends: not to spin
    // meanwhile.
    make_room();
    co_await sleep(room_, starved_pause);
  }
}

// Whether all who waited are in.
bool server::accept_waiting(std::size_t limit)
{
  while (connections_.size() < limit) {
    const int socket =
        accept4(listener_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      open(socket);
    } else if (errno == EAGAIN) {
      return true;
    } else if (!is_of_one_connection(errno)) {
      const error_code failure{errno, boost::system::system_category()};
      shared_.to.error("accept_failed", {{"reason", failure.message()}});
      return false;
    }
  }
  shared_.to.warning("connections_at_limit", {{"connections", connections_.size()}});
  return false;
}

void server::open(int socket)
{
  const auto opened = connections_.emplace(connections_.end(), socket, poller_, shared_);
  if (!std::exchange(sweeping_, true))
    asio::co_spawn(listener_.get_executor(), sweep(), [](const std::exception_ptr&) {});
  opened->http.run([this, opened](const std::exception_ptr& failure) {
    if (failure)
      shared_.to.error("session_failed", {{"reason", reason(failure)}});
    connections_.erase(opened);
    room_.cancel();
    if (connections_.empty()) {
      ended_.cancel();
      sweep_pause_.cancel();
    }
  });
}

// Of those who keep a connection and ask for nothing, the one who has done so for the longest time
// gives way to who waits to be let in.
void server::make_room()
{
  session* longest = nullptr;
  for_each_session([&](session& each) {
    const auto since = each.idle_since();
    if (since && *since <= coarse_now() - idle_at_least &&
        (!longest || *since < *longest->idle_since()))
      longest = &each;
  });
  if (longest)
    longest->end_if_idle();
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

awaitable<void> server::sweep()
{
  while (!connections_.empty()) {
    co_await sleep(sweep_pause_, sweep_interval);
    const auto now = clock::now();
    for_each_session([now](session& each) { each.sweep(now); });
  }
  sweeping_ = false;
  malloc_trim(0); // what a crowd took goes back to the system when it is gone
}

awaitable<void> server::drain()
{
  router_.drain();
  shared_.draining = true;
  co_await sleep(drain_delay_, shared_.settings.drain_delay);

  // Closing a listener resets the connections that wait in its queue: take them in first.
  accept_waiting(std::numeric_limits<std::size_t>::max());
  error_code ignored;
  listener_.close(ignored);
  room_.cancel();
  shared_.closing = true;
  for_each_session([](session& each) { each.end_if_idle(); });

  const auto deadline = clock::now() + shared_.settings.drain_grace;
  while (!connections_.empty() && clock::now() < deadline)
    co_await sleep(ended_, deadline - clock::now());
  if (!connections_.empty())
    shared_.to.warning("drain_cut", {{"sessions", connections_.size()}});
  for_each_session([](session& each) { each.cut(); });
}

} // namespace tally
