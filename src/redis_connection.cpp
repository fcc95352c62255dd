#include "hiredis_adapter.hpp"

#include <tally/event.hpp>
#include <tally/redis_connection.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace tally {
namespace {

using asio::ip::tcp;

std::vector<redis_command> greeting_for(const redis_settings& settings)
{
  std::vector<redis_command> greeting;
  if (!settings.username.empty())
    greeting.push_back({"AUTH", settings.username, settings.password});
  else if (!settings.password.empty())
    greeting.push_back({"AUTH", settings.password});
  if (settings.db != 0)
    greeting.push_back({"SELECT", std::to_string(settings.db)});
  // Last, and always: a Redis that hangs, loads or wants a password is not ready.
  greeting.push_back({"PING"});
  return greeting;
}

// What a store tells about itself goes into logs and probes: one line, plain ASCII.
std::string printable(std::string text)
{
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

} // namespace

// One adapter, from connect to close.
class redis_connection::link final : public hiredis_adapter::owner {
public:
  explicit link(timer& changed) : changed_{changed} {}
  ~link() { close(); }

  void open(executor loop, const tcp::endpoint& to)
  {
    adapter_ = hiredis_adapter::connect(loop, to, *this);
  }

  void close()
  {
    if (adapter_)
      adapter_->close();
  }

  bool send(const redis_command& what, hiredis_adapter::waiter& waits)
  {
    return adapter_->send(what.bytes(), waits);
  }

  bool connected() const { return connected_; }
  bool closed() const { return closed_; }
  const std::string& why() const { return why_; }

private:
  void on_connect() override
  {
    connected_ = true;
    changed_.cancel();
  }

  void on_close(std::string_view why) override
  {
    closed_ = true;
    why_ = printable(std::string{why});
    changed_.cancel();
  }

  timer& changed_;
  std::shared_ptr<hiredis_adapter> adapter_;
  std::string why_;
  bool connected_ = false;
  bool closed_ = false;
};

// One command under way, in the frame of the coroutine that waits for its reply.
class redis_connection::exchange final : public hiredis_adapter::waiter {
public:
  explicit exchange(redis_connection& on) : on_{on} {}

  awaitable<redis_reply> reply()
  {
    co_await replied_.wait();
    co_return std::move(reply_);
  }

private:
  void on_reply(redis_reply reply) override
  {
    on_.sent_.pop_front(); // replies come in the order of the commands
    reply_ = std::move(reply);
    replied_.set();
  }

  redis_connection& on_;
  redis_reply reply_;
  event replied_;
};

redis_connection::redis_connection(executor loop, const redis_settings& settings, log& to,
                                   unsigned name)
    : loop_{loop}, settings_{settings}, log_{to}, name_{name}, address_{settings.host + ':' +
                                                                        std::to_string(
                                                                            settings.port)},
      backoff_{settings.backoff_min, settings.backoff_max, std::random_device{}()},
      greeting_{greeting_for(settings)}, changed_{loop}, oldest_{loop}
{
}

redis_connection::~redis_connection() = default;

awaitable<void> redis_connection::run()
{
  while (!stopping_) {
    const bool ready = co_await open();
    if (ready) {
      trouble_.clear();
      backoff_.reset();
      log_.info("redis_ready", {{"worker", name_}, {"address", address_}});
      co_await until_lost();
    }
    link_.reset();
    if (stopping_)
      break;
    const auto pause = backoff_.next();
    log_.warning(ready ? "redis_lost" : "redis_unreachable", {{"worker", name_},
                                                              {"address", address_},
                                                              {"reason", trouble_},
                                                              {"retry_ms", pause.count()}});
    co_await sleep_until(clock::now() + pause);
  }
  trouble_ = "stopped";
}

void redis_connection::stop()
{
  stopping_ = true;
  trouble_ = "stopped";
  if (link_)
    link_->close();
  oldest_.cancel();
  changed_.cancel();
}

// Leaves a ready link, or the reason in trouble_.
awaitable<bool> redis_connection::open()
{
  const auto deadline = clock::now() + settings_.connect_timeout;
  const endpoints found = co_await resolve(deadline);
  for (const tcp::endpoint& each : found) {
    if (stopping_ || clock::now() >= deadline)
      break;
    if (co_await connect(each, deadline))
      co_return co_await greet();
  }
  co_return false;
}

awaitable<redis_connection::endpoints> redis_connection::resolve(clock::time_point deadline)
{
  error_code not_numeric;
  const auto address = asio::ip::make_address(settings_.host, not_numeric);
  if (!not_numeric)
    co_return endpoints{{address, settings_.port}};

  // Shared with the handler: a look-up cannot be interrupted and may end after its deadline.
  struct lookup {
    bool done = false;
    error_code failure;
    endpoints found;
  };
  const auto state = std::make_shared<lookup>();
  asio::ip::basic_resolver<tcp, executor> resolver{loop_};
  resolver.async_resolve(settings_.host, std::to_string(settings_.port),
                         [this, state](error_code failure, const auto& results) {
                           state->done = true;
                           state->failure = failure;
                           for (const auto& each : results)
                             state->found.push_back(each.endpoint());
                           changed_.cancel();
                         });
  while (!state->done && !stopping_ && clock::now() < deadline)
    co_await sleep_until(deadline);
  if (state->failure)
    trouble_ = "cannot resolve " + settings_.host + ": " + state->failure.message();
  else if (!state->done)
    trouble_ = "cannot resolve " + settings_.host + " in time";
  co_return state->found;
}

awaitable<bool> redis_connection::connect(const tcp::endpoint& to, clock::time_point deadline)
{
  link_ = std::make_unique<link>(changed_);
  link_->open(loop_, to);
  while (!link_->connected() && !link_->closed() && !stopping_ && clock::now() < deadline)
    co_await sleep_until(deadline);
  if (link_->closed())
    trouble_ = link_->why();
  else if (!link_->connected())
    trouble_ = "no connection in time";
  co_return link_->connected() && !link_->closed();
}

awaitable<bool> redis_connection::greet()
{
  for (const redis_command& each : greeting_) {
    const auto reply = co_await send(each);
    if (reply.has_error()) {
      trouble_ = link_->why().empty() ? reply.error().message() : link_->why();
      co_return false;
    }
    if (reply->type != redis_reply::kind::text) {
      trouble_ = reply->type == redis_reply::kind::error ? printable(reply->text)
                                                         : "it does not speak as Redis does";
      co_return false;
    }
  }
  co_return true;
}

// While nobody visits, a ping now and then shows whether Redis still answers; otherwise the visits
// themselves show it.
awaitable<void> redis_connection::until_lost()
{
  auto next_ping = clock::now() + settings_.ping_interval;
  while (!link_->closed() && !stopping_) {
    co_await sleep_until(next_ping);
    if (clock::now() < next_ping || link_->closed() || stopping_)
      continue;
    if (sent_.empty())
      co_await send(ping_);
    next_ping = clock::now() + settings_.ping_interval;
  }
  if (!stopping_ && trouble_.empty())
    trouble_ = link_->why();
}

awaitable<result<redis_reply>> redis_connection::command(const redis_command& what)
{
  if (!trouble_.empty())
    co_return errc::unavailable;
  if (sent_.size() >= settings_.max_waiting)
    co_return errc::overloaded;
  co_return co_await send(what);
}

awaitable<result<redis_reply>> redis_connection::send(const redis_command& what)
{
  exchange under_way{*this};
  if (!link_->send(what, under_way))
    co_return errc::unavailable;
  sent_.push_back(clock::now());
  watch_replies();
  redis_reply reply = co_await under_way.reply();
  if (reply.type == redis_reply::kind::none)
    co_return errc::unknown;
  co_return reply;
}

// One timer for all commands: it is set only when it is not, so that under load it costs one
// wake-up in each reply timeout and not one for each visit.
void redis_connection::watch_replies()
{
  if (std::exchange(watched_, true))
    return;
  oldest_.expires_at(sent_.front() + settings_.reply_timeout);
  oldest_.async_wait([this](error_code cancelled) {
    watched_ = false;
    if (cancelled || sent_.empty())
      return;
    if (clock::now() < sent_.front() + settings_.reply_timeout)
      return watch_replies();
    trouble_ = "no reply in time";
    link_->close();
  });
}

awaitable<void> redis_connection::sleep_until(clock::time_point when)
{
  changed_.expires_at(when);
  co_await changed_.async_wait(as_tuple);
}

} // namespace tally
