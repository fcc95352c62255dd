#include "redis/address_lookup.hpp"
#include "redis/handshake.hpp"
#include "redis/link.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/connection.hpp>

#include <cstddef>
#include <random>
#include <utility>

namespace tally {

redis_connection::redis_connection(event_loop& loop, resolver& resolver,
                                   const redis_settings& settings, setup setup_commands, log& log,
                                   unsigned worker)
    : loop_{loop}, settings_{settings}, log_{log}, worker_{worker}, address_{settings.host + ':' +
                                                                             std::to_string(
                                                                                 settings.port)},
      backoff_{settings.backoff_min, settings.backoff_max, std::random_device{}()},
      setup_commands_{std::move(setup_commands)}, wakeup_{loop}, reply_timer_{loop},
      lookup_{std::make_unique<address_lookup>(loop, resolver, settings, wakeup_)}
{
}

redis_connection::~redis_connection() = default;

awaitable<void> redis_connection::run()
{
  unsigned failures = 0;
  while (state_ != redis_state::stopped) {
    const auto attempt_started = clock::now();
    const bool ready = co_await connect() && state_ != redis_state::stopped;
    if (ready) {
      failures = 0;
      set_state(redis_state::ready, {});
      log_.info("redis_ready", {{"worker", worker_}, {"address", address_}});
      const auto ready_since = clock::now();
      co_await monitor();
      // Each connection leaves records in Redis for `record_ttl`. If connections are lost as soon
      // as they are ready, the pause must keep growing, or there would be eighty records a second.
      if (clock::now() - ready_since >= settings_.backoff_max)
        backoff_.reset();
    } else if (++failures > 1 || clock::now() - attempt_started >= settings_.reply_timeout) {
      // A single attempt that fails quickly proves little: it may have met the same fault as the
      // connection before it.
      set_state(redis_state::unreachable, last_error_);
    }
    link_.reset();
    if (state_ == redis_state::stopped)
      break;
    const auto pause = backoff_.next();
    log_.warning(ready ? "redis_lost" : "redis_unreachable", {{"worker", worker_},
                                                              {"address", address_},
                                                              {"reason", last_error_},
                                                              {"retry_ms", pause.count()}});
    co_await wakeup_.sleep_until(clock::now() + pause);
  }
}

void redis_connection::stop()
{
  set_state(redis_state::stopped, "stopped");
  if (link_)
    link_->close("stopped");
  wakeup_.cancel();
}

void redis_connection::set_state(redis_state new_state, std::string error)
{
  if (state_ == redis_state::stopped)
    return;
  if (state_ == redis_state::ready && new_state != redis_state::stopped)
    ++statistics_.lost;
  state_ = new_state;
  statistics_.connected.set(state_ == redis_state::ready);
  last_error_ = std::move(error);
  on_change_();
}

// A link can be lost some turns of the loop before monitor() notices.
redis_state redis_connection::state() const
{
  const bool lost = state_ == redis_state::ready && !link_->connected();
  return lost ? redis_state::connecting : state_;
}

// Sets link_ to a ready link, or last_error_ to that of the address that got furthest. Each
// address gets an equal share of the time that is left.
awaitable<bool> redis_connection::connect()
{
  const auto deadline = clock::now() + settings_.connect_timeout;
  const endpoints found = co_await resolve(deadline);
  const bool several = found.size() > 1;
  auto furthest = stage::none;
  std::string error;
  for (std::size_t i = 0; i != found.size(); ++i) {
    const auto now = clock::now();
    if (state_ == redis_state::stopped || now >= deadline)
      break;
    const auto share = (deadline - now) / static_cast<int>(found.size() - i);
    const auto reached = co_await try_endpoint(found[i], now + share);
    if (reached == stage::ready)
      co_return true;
    if (error.empty() || reached > furthest) {
      furthest = reached;
      error = several ? to_string(found[i]) + ": " + last_error_ : last_error_;
    }
  }
  if (!error.empty())
    last_error_ = error;
  co_return false;
}

awaitable<redis_connection::endpoints> redis_connection::resolve(clock::time_point deadline)
{
  lookup_->start();
  while (lookup_->in_flight() && state_ != redis_state::stopped && clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  auto found = lookup_->take_result();
  if (found)
    co_return std::move(*found);
  last_error_ = found.error();
  co_return endpoints{};
}

awaitable<redis_connection::stage>
redis_connection::try_endpoint(const asio::ip::tcp::endpoint& endpoint, clock::time_point deadline)
{
  if (!co_await open_link(endpoint, deadline))
    co_return link_->has_connected() ? stage::connected : stage::none;
  link_->set_deadline(deadline);
  const auto reached = co_await set_up_link();
  link_->set_deadline(clock::time_point::max());
  co_return reached;
}

awaitable<bool> redis_connection::open_link(const asio::ip::tcp::endpoint& endpoint,
                                            clock::time_point deadline)
{
  link_ = std::make_unique<redis_link>(loop_, settings_.reply_timeout, wakeup_, reply_timer_);
  link_->open(endpoint);
  while (!link_->connected() && !link_->closed() && state_ != redis_state::stopped &&
         clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  if (!link_->connected())
    last_error_ = link_->closed() ? link_->last_error() : "no connection in time";
  co_return link_->connected();
}

awaitable<redis_connection::stage> redis_connection::set_up_link()
{
  auto commands = setup_commands_();
  auto error = co_await handshake(*link_, settings_, std::move(commands));
  if (!error)
    co_return stage::ready;
  last_error_ = std::move(error->text);
  co_return error->replied ? stage::replied : stage::connected;
}

// Without visits, a ping at intervals shows whether Redis still replies. With visits in flight,
// their replies show it.
awaitable<void> redis_connection::monitor()
{
  auto next_ping = clock::now() + settings_.ping_interval;
  while (!link_->closed() && state_ != redis_state::stopped) {
    co_await wakeup_.sleep_until(next_ping);
    if (clock::now() < next_ping || link_->closed())
      continue;
    if (link_->in_flight() == 0)
      co_await link_->request(ping_);
    next_ping = clock::now() + settings_.ping_interval;
  }
  set_state(redis_state::connecting, link_->last_error());
}

bool redis_connection::send(std::string_view command, reply_waiter& waiter)
{
  return state() == redis_state::ready && link_->enqueue(command, waiter);
}

awaitable<result<redis_reply>> redis_connection::request(const redis_command& command)
{
  if (state() != redis_state::ready)
    co_return errc::unavailable;
  co_return co_await link_->request(command);
}

void redis_connection::reconnect(std::string_view error)
{
  if (link_)
    link_->close(printable(error));
}

void redis_connection::log_error_reply(std::string_view error)
{
  log_.error("redis_refused", {{"worker", worker_}, {"reply", printable(error)}});
}

} // namespace tally
