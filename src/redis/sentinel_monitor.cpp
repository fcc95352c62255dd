#include "redis/connector.hpp"
#include "redis/sentinels.hpp"

#include <tally/base/backoff.hpp>
#include <tally/base/clock.hpp>
#include <tally/base/text.hpp>
#include <tally/redis/sentinel_monitor.hpp>

#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace tally {
namespace {

constexpr std::string_view switch_channel = "+switch-master";

// A message has the name of the master, its old host and port, and its new host and port.
std::optional<redis_address> parse_switch(std::string_view message, std::string_view service)
{
  if (next_token(message, ' ') != service)
    return std::nullopt;
  next_token(message, ' ');
  next_token(message, ' ');
  const std::string host{next_token(message, ' ')};
  return parse_address(host + ':' + std::string{message});
}

} // namespace

/// A connection to one sentinel, kept alive.
class sentinel_monitor::subscription {
public:
  subscription(event_loop& loop, resolver& resolver, const redis_settings& settings, log& log,
               redis_address sentinel, const handler& on_switch)
      : settings_{settings}, log_{log}, sentinel_{std::move(sentinel)}, on_switch_{on_switch},
        backoff_{settings.backoff_min, settings.backoff_max, std::random_device{}()}, wakeup_{loop},
        connector_{loop, resolver, settings, wakeup_}
  {
  }

  awaitable<void> run()
  {
    const connector::steps steps = [this] {
      return std::vector{ask_for_master(settings_.sentinel_service, named_)};
    };
    while (!connector_.stopped()) {
      auto link =
          co_await connector_.connect(sentinel_, steps, clock::now() + settings_.connect_timeout);
      std::string error;
      if (link) {
        link_ = std::move(*link);
        co_await stay_subscribed();
        error = link_->last_error();
        link_.reset();
      } else {
        error = link.error();
      }
      if (connector_.stopped())
        break;
      log_.warning("sentinel_unreachable", {{"address", to_string(sentinel_)}, {"reason", error}});
      co_await wakeup_.sleep_until(clock::now() + backoff_.next());
    }
  }

  void stop()
  {
    connector_.stop();
    if (link_)
      link_->close("stopped");
  }

private:
  // Between the question for the master and the subscription, a fail-over would be missed; but the
  // other sentinels announce it, too.
  awaitable<void> stay_subscribed()
  {
    const redis_link::message_handler on_message = [this](const std::string& message) {
      if (const auto master = parse_switch(message, settings_.sentinel_service)) {
        named_ = *master;
        wakeup_.cancel();
      }
    };
    while (!link_->closed() && !connector_.stopped()) {
      if (!co_await link_->subscribe(switch_channel, on_message))
        break;
      backoff_.reset();
      const auto next = clock::now() + settings_.ping_interval;
      do {
        report_switch();
        co_await wakeup_.sleep_until(next);
      } while (clock::now() < next && !link_->closed() && !connector_.stopped());
      report_switch();
    }
  }

  void report_switch()
  {
    if (named_ == known_)
      return;
    const bool first = known_.host.empty();
    known_ = named_;
    if (first)
      return;
    log_.warning("redis_failover",
                 {{"sentinel", to_string(sentinel_)}, {"master", to_string(known_)}});
    on_switch_(sentinel_, known_);
  }

  const redis_settings& settings_;
  log& log_;
  const redis_address sentinel_;
  const handler& on_switch_;
  redis_address named_; // last
  redis_address known_; // the last one that was reported
  backoff backoff_;
  timer wakeup_;
  connector connector_;
  std::unique_ptr<redis_link> link_;
};

sentinel_monitor::sentinel_monitor(event_loop& loop, resolver& resolver,
                                   const redis_settings& settings, log& log, handler on_switch)
    : loop_{loop}, settings_{settings_for_sentinels(settings)}, on_switch_{std::move(on_switch)}
{
  for (const redis_address& sentinel : settings_.sentinels)
    subscriptions_.emplace_back(loop, resolver, settings_, log, sentinel, on_switch_);
}

sentinel_monitor::~sentinel_monitor() = default;

void sentinel_monitor::start()
{
  for (subscription& each : subscriptions_)
    asio::co_spawn(loop_.get_executor(), each.run(), rethrow);
}

void sentinel_monitor::stop()
{
  for (subscription& each : subscriptions_)
    each.stop();
}

} // namespace tally
