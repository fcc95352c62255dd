#include "redis/link.hpp"

#include <tally/base/text.hpp>
#include <tally/net/event.hpp>

#include <algorithm>
#include <utility>

namespace tally {

// One command under way, in the frame of the coroutine that waits for its reply.
class redis_link::exchange final : public reply_waiter {
public:
  awaitable<redis_reply> reply()
  {
    co_await replied_.wait();
    co_return std::move(reply_);
  }

private:
  void on_reply(redis_reply reply) override
  {
    reply_ = std::move(reply);
    replied_.set();
  }

  redis_reply reply_;
  event replied_;
};

redis_link::redis_link(event_loop& loop, std::chrono::milliseconds reply_timeout, timer& changed,
                       timer& oldest_reply)
    : reply_timeout_{reply_timeout}, changed_{changed}, oldest_{oldest_reply}, adapter_{loop, *this}
{
}

redis_link::~redis_link()
{
  close("closed");
  oldest_.cancel();
}

void redis_link::close(std::string why)
{
  if (closed_)
    return;
  why_ = std::move(why);
  adapter_.close();
}

bool redis_link::send(std::string_view command, reply_waiter& who)
{
  if (!adapter_.send(command)) {
    close("cannot send");
    return false;
  }
  sent_.push_back({clock::now(), &who});
  watch_replies();
  return true;
}

awaitable<result<redis_reply>> redis_link::send(const redis_command& what)
{
  exchange under_way;
  if (!send(what.bytes(), under_way))
    co_return errc::unavailable;
  redis_reply reply = co_await under_way.reply();
  if (reply.type == redis_reply::kind::none)
    co_return errc::unknown;
  co_return reply;
}

void redis_link::on_reply(redis_reply reply)
{
  reply_waiter& who = *sent_.front().by; // replies come in the order of the commands
  sent_.pop_front();
  who.on_reply(std::move(reply));
}

void redis_link::on_connect()
{
  connected_ = true;
  changed_.cancel();
}

void redis_link::on_close(std::string_view why)
{
  closed_ = true;
  if (why_.empty())
    why_ = printable(why);
  changed_.cancel();
}

// The deadline of the oldest reply.
clock::time_point redis_link::due() const
{
  return std::min(sent_.front().since + reply_timeout_, deadline_);
}

// One timer for all commands: it is set only when it is not, so that under load it costs one
// wake-up in each reply timeout and not one for each command.
void redis_link::watch_replies()
{
  if (sent_.empty() || std::exchange(watched_, true))
    return;
  oldest_.set(due(), [this] {
    watched_ = false;
    if (!sent_.empty() && due() <= clock::now())
      close("no reply in time");
    watch_replies();
  });
}

} // namespace tally
