#include <tally/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>

#include <exception>
#include <utility>

namespace tally {
namespace {

// Without a free descriptor accept fails at once, for ever: pause, and let sessions end.
constexpr std::chrono::milliseconds starved_pause{100};

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

} // namespace

server::server(listener on, router& routes, const http_settings& settings, log& to)
    : listener_{std::move(on)}, router_{routes}, shared_{routes, settings, to, {}},
      accept_pause_{listener_.get_executor()}, sweep_pause_{listener_.get_executor()},
      drain_delay_{listener_.get_executor()}, ended_{listener_.get_executor()}
{
}

awaitable<void> server::run()
{
  while (listener_.is_open()) {
    if (sessions_.size() >= shared_.settings.max_connections) {
      shared_.to.warning("connections_at_limit", {{"connections", sessions_.size()}});
      co_await sleep(accept_pause_, starved_pause);
      continue;
    }
    auto [failure, socket] = co_await listener_.async_accept(as_tuple);
    if (!failure)
      open(std::move(socket));
    else if (starved(failure))
      co_await sleep(accept_pause_, starved_pause);
  }
}

// accept(2): some failures are of the one connection that was about to be accepted. Any other comes
// back at once, for ever, until something else gives.
bool server::starved(error_code failure)
{
  if (failure == asio::error::connection_aborted || failure == asio::error::operation_aborted ||
      failure == asio::error::network_down || failure == asio::error::host_unreachable ||
      failure == asio::error::network_unreachable || failure == asio::error::interrupted)
    return false;
  shared_.to.error("accept_failed", {{"reason", failure.message()}});
  return true;
}

void server::open(tcp_socket socket)
{
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
  const auto opened = sessions_.emplace(sessions_.end(), std::move(socket), shared_);
  asio::co_spawn(listener_.get_executor(), opened->run(),
                 [this, opened](const std::exception_ptr& failure) {
                   if (failure)
                     shared_.to.error("session_failed", {{"reason", reason(failure)}});
                   sessions_.erase(opened);
                   if (sessions_.empty()) {
                     ended_.cancel();
                     sweep_pause_.cancel();
                   }
                 });
  if (!std::exchange(sweeping_, true))
    asio::co_spawn(listener_.get_executor(), sweep(), [](const std::exception_ptr&) {});
}

awaitable<void> server::sweep()
{
  while (!sessions_.empty()) {
    co_await sleep(sweep_pause_, sweep_interval);
    const auto now = clock::now();
    for (session& each : sessions_)
      each.sweep(now);
  }
  sweeping_ = false;
}

awaitable<void> server::drain()
{
  router_.drain();
  shared_.draining = true;
  co_await sleep(drain_delay_, shared_.settings.drain_delay);

  accept_waiting();
  accept_pause_.cancel();
  shared_.closing = true;
  for (session& each : sessions_)
    each.end_if_idle();

  const auto deadline = clock::now() + shared_.settings.drain_grace;
  while (!sessions_.empty() && clock::now() < deadline)
    co_await sleep(ended_, deadline - clock::now());
  if (!sessions_.empty())
    shared_.to.warning("drain_cut", {{"sessions", sessions_.size()}});
  for (session& each : sessions_)
    each.cut();
}

// Closing a listener resets the connections that wait in its queue: take them in first.
void server::accept_waiting()
{
  error_code failure;
  listener_.non_blocking(true, failure);
  while (!failure) {
    tcp_socket socket{listener_.get_executor()};
    listener_.accept(socket, failure);
    if (!failure)
      open(std::move(socket));
  }
  listener_.close(failure);
}

} // namespace tally
