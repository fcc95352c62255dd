#include "redis/link.hpp"
#include "redis/server_finder.hpp"
#include "redis/server_settings.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/connection.hpp>
#include <tally/redis/replicas.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace tally {
namespace {

constexpr std::string_view another_master = "the sentinels have chosen another master";

} // namespace

redis_connection::redis_connection(event_loop& loop, resolver& resolver,
                                   const redis_settings& settings, setup setup_commands, log& log,
                                   unsigned worker)
    : settings_{settings}, log_{log}, worker_{worker}, backoff_{settings.backoff_min,
                                                                settings.backoff_max,
                                                                std::random_device{}()},
      ping_{settings.replicas != 0 ? wait_for_replicas(settings) : redis_command{"PING"}},
      wakeup_{loop}, finder_{std::make_unique<server_finder>(loop, resolver, settings,
                                                             std::move(setup_commands), wakeup_)},
      server_settings_{std::make_unique<server_settings>(log, settings.replicas)}
{
}

redis_connection::~redis_connection() = default;

awaitable<void> redis_connection::run()
{
  unsigned failures = 0;
  while (state_ != redis_state::stopped) {
    const auto attempt_started = clock::now();
    moved_ = false;
    auto link = co_await finder_->connect();
    // A sentinel has announced another master during the attempt.
    if (link && moved_ && finder_->address() != announced_)
      link = connector::outcome{std::string{another_master}};
    const bool ready = link && state_ != redis_state::stopped;
    if (ready) {
      link_ = std::move(*link);
      failures = 0;
      set_state(redis_state::ready, {});
      log_.info("redis_ready", {{"worker", worker_}, {"address", shown_address()}});
      const auto ready_since = clock::now();
      co_await monitor();
      // Each connection leaves records in Redis for `record_ttl`. If connections are lost as soon
      // as they are ready, the pause must keep growing, or there would be eighty records a second.
      if (clock::now() - ready_since >= settings_.backoff_max)
        backoff_.reset();
    } else if (state_ != redis_state::stopped) {
      last_error_ = link.error();
      // A single attempt that fails quickly proves little: it may have met the same fault as the
      // connection before it.
      if (++failures > 1 || clock::now() - attempt_started >= settings_.reply_timeout)
        set_state(redis_state::unreachable, last_error_);
    }
    link_.reset();
    if (state_ == redis_state::stopped)
      break;
    const auto pause = backoff_.next();
    log_.warning(ready ? "redis_lost" : "redis_unreachable", {{"worker", worker_},
                                                              {"address", shown_address()},
                                                              {"reason", last_error_},
                                                              {"retry_ms", pause.count()}});
    if (!may_hurry())
      co_await wakeup_.sleep_until(clock::now() + pause);
  }
}

// The pause protects Redis from connections that are lost again and again, so it is left out at
// most once in the time of the longest pause.
bool redis_connection::may_hurry()
{
  const auto now = clock::now();
  if (!std::exchange(moved_, false) || now < next_hurry_)
    return false;
  next_hurry_ = now + settings_.backoff_max;
  backoff_.reset();
  return true;
}

void redis_connection::master_moved(const redis_address& sentinel, const redis_address& master)
{
  finder_->prefer(sentinel);
  announced_ = master;
  if (link_ && finder_->address() == master)
    return;
  moved_ = true;
  reconnect(another_master);
  wakeup_.cancel(); // also ends a pause
}

std::string redis_connection::shown_address() const
{
  return settings_.socket.empty() ? to_string(finder_->address()) : settings_.socket;
}

void redis_connection::stop()
{
  set_state(redis_state::stopped, "stopped");
  if (link_)
    link_->close("stopped");
  finder_->stop();
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
  const bool unusable = state_ == redis_state::ready && (held_until_ || !link_->connected());
  return unusable ? redis_state::connecting : state_;
}

// Without visits, a ping at intervals shows whether Redis still replies, or, with replicas, whether
// there are enough of them. With visits in flight, their replies show it.
awaitable<void> redis_connection::monitor()
{
  if (worker_ == 0)
    co_await server_settings_->check(*link_);
  auto next_ping = clock::now() + settings_.ping_interval;
  while (!link_->closed() && state_ != redis_state::stopped) {
    co_await wakeup_.sleep_until(std::min(next_ping, held_until_.value_or(next_ping)));
    if (held_until_ && *held_until_ <= clock::now() && !link_->closed())
      end_hold();
    if (clock::now() < next_ping || link_->closed())
      continue;
    if (link_->in_flight() == 0) {
      const auto reply = co_await link_->request(ping_);
      if (settings_.replicas != 0 && reply)
        if (const auto missing = find_missing_replicas(*reply, settings_))
          link_->close(*missing);
    }
    next_ping = clock::now() + settings_.ping_interval;
  }
  held_until_.reset();
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
  if (!link_ || link_->closed())
    return;
  moved_ = moved_ || finder_->redirect(error);
  link_->close(printable(error));
}

void redis_connection::hold(std::string_view error)
{
  if (state() != redis_state::ready)
    return;
  held_until_ = clock::now() + settings_.backoff_min;
  last_error_ = printable(error);
  wakeup_.cancel();
}

void redis_connection::end_hold()
{
  held_until_.reset();
  last_error_.clear();
  on_change_();
}

void redis_connection::log_error_reply(std::string_view error)
{
  log_.error("redis_refused", {{"worker", worker_}, {"reply", printable(error)}});
}

} // namespace tally
