#include "redis/connector.hpp"

#include "redis/handshake.hpp"

#include <cstddef>
#include <utility>

namespace tally {

connector::connector(event_loop& loop, resolver& resolver, const redis_settings& settings,
                     setup setup_commands, timer& wakeup)
    : loop_{loop}, settings_{settings}, setup_commands_{std::move(setup_commands)}, wakeup_{wakeup},
      reply_timer_{loop}, lookup_{loop, resolver, settings, wakeup}
{
}

void connector::stop()
{
  stopped_ = true;
  if (link_)
    link_->close("stopped");
  wakeup_.cancel();
}

// Each address gets an equal share of the time that is left.
awaitable<result<std::unique_ptr<redis_link>, std::string>> connector::connect()
{
  const auto deadline = clock::now() + settings_.connect_timeout;
  error_ = stopped_ ? "stopped" : "no connection in time";
  const endpoints found = co_await resolve(deadline);
  const bool several = found.size() > 1;
  auto furthest = stage::none;
  std::string error;
  for (std::size_t i = 0; i != found.size(); ++i) {
    const auto now = clock::now();
    if (stopped_ || now >= deadline)
      break;
    const auto share = (deadline - now) / static_cast<int>(found.size() - i);
    const auto reached = co_await try_endpoint(found[i], now + share);
    if (reached == stage::ready && !stopped_)
      co_return std::move(link_);
    if (error.empty() || reached > furthest) {
      furthest = reached;
      error = several ? to_string(found[i]) + ": " + error_ : error_;
    }
  }
  link_.reset();
  co_return error.empty() ? error_ : error;
}

awaitable<connector::endpoints> connector::resolve(clock::time_point deadline)
{
  lookup_.start();
  while (lookup_.in_flight() && !stopped_ && clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  auto found = lookup_.take_result();
  if (found)
    co_return std::move(*found);
  error_ = found.error();
  co_return endpoints{};
}

awaitable<connector::stage> connector::try_endpoint(const asio::ip::tcp::endpoint& endpoint,
                                                    clock::time_point deadline)
{
  if (!co_await open_link(endpoint, deadline))
    co_return link_->has_connected() ? stage::connected : stage::none;
  link_->set_deadline(deadline);
  const auto reached = co_await set_up_link();
  link_->set_deadline(clock::time_point::max());
  co_return reached;
}

awaitable<bool> connector::open_link(const asio::ip::tcp::endpoint& endpoint,
                                     clock::time_point deadline)
{
  link_ = std::make_unique<redis_link>(loop_, settings_.reply_timeout, wakeup_, reply_timer_);
  link_->open(endpoint);
  while (!link_->connected() && !link_->closed() && !stopped_ && clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  if (!link_->connected())
    error_ = link_->closed() ? link_->last_error() : "no connection in time";
  co_return link_->connected();
}

awaitable<connector::stage> connector::set_up_link()
{
  auto commands = setup_commands_();
  auto error = co_await handshake(*link_, settings_, std::move(commands));
  if (!error)
    co_return stage::ready;
  error_ = std::move(error->text);
  co_return error->replied ? stage::replied : stage::connected;
}

} // namespace tally
