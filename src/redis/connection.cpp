#include "redis/link.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/connection.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <sstream>
#include <utility>

namespace tally {
namespace {

using asio::ip::tcp;

std::vector<redis_command> login(const redis_settings& settings)
{
  std::vector<redis_command> commands;
  if (!settings.username.empty())
    commands.push_back({"AUTH", settings.username, settings.password});
  else if (!settings.password.empty())
    commands.push_back({"AUTH", settings.password});
  if (settings.db != 0)
    commands.push_back({"SELECT", std::to_string(settings.db)});
  commands.push_back({"PING"}); // refused while Redis loads or wants a password
  return commands;
}

std::string to_string(const tcp::endpoint& endpoint)
{
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

} // namespace

redis_connection::redis_connection(event_loop& loop, resolver& names,
                                   const redis_settings& settings, setup setup_commands, log& to,
                                   unsigned name)
    : loop_{loop}, resolver_{names}, settings_{settings}, log_{to}, name_{name},
      address_{settings.host + ':' + std::to_string(settings.port)},
      backoff_{settings.backoff_min, settings.backoff_max, std::random_device{}()},
      setup_commands_{std::move(setup_commands)}, step_{loop}, oldest_reply_{loop}
{
}

redis_connection::~redis_connection() = default;

awaitable<void> redis_connection::run()
{
  unsigned failures = 0;
  while (condition_ != redis_condition::stopped) {
    const auto began = clock::now();
    const bool ready = co_await open() && condition_ != redis_condition::stopped;
    if (ready) {
      failures = 0;
      become(redis_condition::ready, {});
      log_.info("redis_ready", {{"worker", name_}, {"address", address_}});
      const auto since = clock::now();
      co_await until_lost();
      // Each connection leaves records in Redis for a day: connections that are cut as soon as
      // they are ready must not leave eighty a second.
      if (clock::now() - since >= settings_.backoff_max)
        backoff_.reset();
    } else if (++failures > 1 || clock::now() - began >= settings_.reply_timeout) {
      // One attempt that fails at once may have been cut by what cut the connection before it.
      become(redis_condition::away, trouble_);
    }
    link_.reset();
    if (condition_ == redis_condition::stopped)
      break;
    const auto pause = backoff_.next();
    log_.warning(ready ? "redis_lost" : "redis_unreachable", {{"worker", name_},
                                                              {"address", address_},
                                                              {"reason", trouble_},
                                                              {"retry_ms", pause.count()}});
    co_await step_.sleep_until(clock::now() + pause);
  }
}

void redis_connection::stop()
{
  become(redis_condition::stopped, "stopped");
  if (link_)
    link_->close("stopped");
  step_.cancel();
}

void redis_connection::become(redis_condition now, std::string trouble)
{
  if (condition_ == redis_condition::stopped)
    return;
  condition_ = now;
  trouble_ = std::move(trouble);
  tell_();
}

// A link can be lost some turns of the loop before run() is there to see it.
redis_condition redis_connection::condition() const
{
  const bool lost = condition_ == redis_condition::ready && !link_->connected();
  return lost ? redis_condition::connecting : condition_;
}

// Leaves a ready link, or the reason in trouble_. An address that does not answer, or whose Redis
// cannot count, takes no more than its share of the time.
awaitable<bool> redis_connection::open()
{
  const auto deadline = clock::now() + settings_.connect_timeout;
  const endpoints found = co_await resolve(deadline);
  const bool several = found.size() > 1;
  auto furthest = progress::none;
  std::string reason;
  for (std::size_t i = 0; i != found.size(); ++i) {
    const auto now = clock::now();
    if (condition_ == redis_condition::stopped || now >= deadline)
      break;
    const auto share = (deadline - now) / static_cast<int>(found.size() - i);
    const auto reached = co_await open(found[i], now + share);
    if (reached == progress::ready)
      co_return true;
    if (reason.empty() || reached > furthest) {
      furthest = reached;
      reason = several ? to_string(found[i]) + ": " + trouble_ : trouble_;
    }
  }
  if (!reason.empty())
    trouble_ = reason;
  co_return false;
}

awaitable<redis_connection::endpoints> redis_connection::resolve(clock::time_point deadline)
{
  error_code not_numeric;
  const auto address = asio::ip::make_address(settings_.host, not_numeric);
  if (!not_numeric)
    co_return endpoints{{address, settings_.port}};

  // A look-up cannot be interrupted. A late result serves the next attempt.
  if (resolved_.empty() && !std::exchange(resolving_, true))
    resolver_.resolve(loop_, [this](error_code failure, endpoints found) {
      resolving_ = false;
      resolve_failure_ = failure;
      resolved_ = std::move(found);
      step_.cancel();
    });
  while (resolving_ && condition_ != redis_condition::stopped && clock::now() < deadline)
    co_await step_.sleep_until(deadline);
  if (resolving_)
    trouble_ = "cannot resolve " + settings_.host + " in time";
  else if (resolve_failure_)
    trouble_ = "cannot resolve " + settings_.host + ": " + resolve_failure_.message();
  co_return std::exchange(resolved_, {});
}

awaitable<redis_connection::progress> redis_connection::open(const tcp::endpoint& endpoint,
                                                             clock::time_point deadline)
{
  if (!co_await connect(endpoint, deadline))
    co_return link_->has_connected() ? progress::connected : progress::none;
  link_->limit_replies(deadline);
  const auto reached = co_await greet();
  link_->limit_replies(clock::time_point::max());
  co_return reached;
}

awaitable<bool> redis_connection::connect(const tcp::endpoint& to, clock::time_point deadline)
{
  link_ = std::make_unique<redis_link>(loop_, settings_.reply_timeout, step_, oldest_reply_);
  link_->open(to);
  while (!link_->connected() && !link_->closed() && condition_ != redis_condition::stopped &&
         clock::now() < deadline)
    co_await step_.sleep_until(deadline);
  if (!link_->connected())
    trouble_ = link_->closed() ? link_->why() : "no connection in time";
  co_return link_->connected();
}

awaitable<redis_connection::progress> redis_connection::greet()
{
  std::vector<redis_command> commands = login(settings_);
  std::ranges::move(setup_commands_(), std::back_inserter(commands));
  for (const redis_command& each : commands) {
    const auto reply = co_await link_->send(each);
    if (reply && reply->type == redis_reply::kind::text)
      continue;
    if (!reply) {
      trouble_ = link_->why();
      co_return progress::connected;
    }
    trouble_ = reply->type == redis_reply::kind::error ? printable(reply->text)
                                                       : "it does not speak as Redis does";
    co_return progress::answered;
  }
  co_return progress::ready;
}

// While nobody visits, a ping now and then shows whether Redis still answers; otherwise the visits
// themselves show it.
awaitable<void> redis_connection::until_lost()
{
  auto next_ping = clock::now() + settings_.ping_interval;
  while (!link_->closed() && condition_ != redis_condition::stopped) {
    co_await step_.sleep_until(next_ping);
    if (clock::now() < next_ping || link_->closed())
      continue;
    if (link_->under_way() == 0)
      co_await link_->send(ping_);
    next_ping = clock::now() + settings_.ping_interval;
  }
  become(redis_condition::connecting, link_->why());
}

bool redis_connection::send(std::string_view command, reply_waiter& who)
{
  return condition() == redis_condition::ready && link_->send(command, who);
}

awaitable<result<redis_reply>> redis_connection::command(const redis_command& what)
{
  if (condition() != redis_condition::ready)
    co_return errc::unavailable;
  co_return co_await link_->send(what);
}

void redis_connection::drop(std::string_view why)
{
  if (link_)
    link_->close(printable(why));
}

void redis_connection::report(std::string_view error)
{
  log_.error("redis_refused", {{"worker", name_}, {"reply", printable(error)}});
}

} // namespace tally
