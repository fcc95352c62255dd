#include "redis/connector.hpp"

#include <tally/redis/reply.hpp>

#include <cstddef>
#include <utility>

namespace tally {

connector::connector(event_loop& loop, resolver& resolver, const redis_settings& settings,
                     timer& wakeup)
    : loop_{loop}, settings_{settings}, wakeup_{wakeup}, reply_timer_{loop}, lookup_{loop, resolver,
                                                                                     wakeup}
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
awaitable<connector::outcome> connector::connect(const redis_address& address,
                                                 const steps& handshake_steps,
                                                 clock::time_point deadline)
{
  error_ = stopped_ ? "stopped" : "no connection in time";
  const endpoints found = co_await resolve(address, deadline);
  const bool several = found.size() > 1;
  auto furthest = stage::none;
  std::string error;
  for (std::size_t i = 0; i != found.size() && furthest != stage::moved; ++i) {
    const auto now = clock::now();
    if (stopped_ || now >= deadline)
      break;
    const auto share = (deadline - now) / static_cast<int>(found.size() - i);
    const auto reached = co_await try_endpoint(found[i], handshake_steps, now + share);
    if (reached == stage::ready && !stopped_)
      co_return std::move(link_);
    if (error.empty() || reached > furthest) {
      furthest = reached;
      const bool named = several && reached != stage::moved;
      error = named ? to_string(found[i]) + ": " + error_ : error_;
    }
  }
  link_.reset();
  co_return error.empty() ? error_ : error;
}

awaitable<connector::endpoints> connector::resolve(const redis_address& address,
                                                   clock::time_point deadline)
{
  if (!settings_.socket.empty())
    co_return endpoints{{asio::local::stream_protocol::endpoint{settings_.socket}}};
  lookup_.start(address);
  while (lookup_.in_flight(address) && !stopped_ && clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  auto found = lookup_.take_result(address);
  endpoints made;
  if (found)
    for (const auto& each : *found)
      made.push_back({each, settings_.tls_files, address.host});
  else
    error_ = found.error();
  co_return made;
}

awaitable<connector::stage> connector::try_endpoint(const redis_endpoint& endpoint,
                                                    const steps& handshake_steps,
                                                    clock::time_point deadline)
{
  if (!co_await open_link(endpoint, deadline))
    co_return link_->has_connected() ? stage::connected : stage::none;
  link_->set_deadline(deadline);
  const auto reached = co_await set_up_link(handshake_steps);
  link_->set_deadline(clock::time_point::max());
  co_return reached;
}

awaitable<bool> connector::open_link(const redis_endpoint& endpoint, clock::time_point deadline)
{
  link_ = std::make_unique<redis_link>(loop_, settings_.reply_timeout, wakeup_, reply_timer_);
  link_->open(endpoint);
  while (!link_->connected() && !link_->closed() && !stopped_ && clock::now() < deadline)
    co_await wakeup_.sleep_until(deadline);
  if (!link_->connected())
    error_ = link_->closed() ? link_->last_error()
             : endpoint.tls  ? "no TLS connection in time"
                             : "no connection in time";
  co_return link_->connected();
}

awaitable<connector::stage> connector::set_up_link(const steps& handshake_steps)
{
  auto further = handshake_steps();
  auto error = co_await handshake(*link_, settings_, std::move(further));
  if (!error)
    co_return stage::ready;
  error_ = std::move(error->text);
  if (is_moved(error_))
    co_return stage::moved;
  co_return error->replied ? stage::replied : stage::connected;
}

} // namespace tally
