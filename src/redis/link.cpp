#include "redis/link.hpp"

#include <tally/base/text.hpp>
#include <tally/net/event.hpp>

#include <algorithm>
#include <utility>

namespace tally {

// Lives in the frame of the coroutine that waits for the reply.
class redis_link::pending_reply final : public reply_waiter {
public:
  awaitable<redis_reply> wait()
  {
    co_await received_.wait();
    co_return std::move(reply_);
  }

private:
  void on_reply(redis_reply reply) override
  {
    reply_ = std::move(reply);
    received_.set();
  }

  redis_reply reply_;
  event received_;
};

redis_link::redis_link(event_loop& loop, std::chrono::milliseconds reply_timeout, timer& wakeup,
                       timer& reply_timer)
    : reply_timeout_{reply_timeout}, wakeup_{wakeup}, reply_timer_{reply_timer}, adapter_{loop,
                                                                                          *this}
{
}

redis_link::~redis_link()
{
  close("closed");
  reply_timer_.cancel();
}

void redis_link::close(std::string error)
{
  if (closed_)
    return;
  error_ = std::move(error);
  adapter_.close();
}

bool redis_link::enqueue(std::string_view command, reply_waiter& waiter)
{
  if (!adapter_.write(command)) {
    close("cannot send");
    return false;
  }
  await_reply(waiter);
  return true;
}

void redis_link::await_reply(reply_waiter& waiter)
{
  sent_.push_back({clock::now(), &waiter});
  arm_reply_timer();
}

awaitable<result<redis_reply>> redis_link::request(const redis_command& command)
{
  pending_reply pending;
  if (!enqueue(command.bytes(), pending))
    co_return errc::unavailable;
  redis_reply reply = co_await pending.wait();
  if (reply.type == redis_reply::kind::none)
    co_return errc::outcome_unknown;
  co_return reply;
}

awaitable<bool> redis_link::subscribe(std::string_view channel, const message_handler& on_message)
{
  pending_reply confirmation;
  on_message_ = on_message;
  if (!adapter_.subscribe(channel))
    co_return false;
  await_reply(confirmation);
  const redis_reply reply = co_await confirmation.wait();
  co_return reply.type == redis_reply::kind::array;
}

void redis_link::on_reply(redis_reply reply)
{
  if (on_message_ && reply.type == redis_reply::kind::array && reply.elements.front() == "message")
    return on_message_(reply.elements.back());
  if (sent_.empty())
    return;                                     // hiredis reports the end of the subscription
  reply_waiter& waiter = *sent_.front().waiter; // replies come in the order of the commands
  sent_.pop_front();
  waiter.on_reply(std::move(reply));
}

void redis_link::on_connect()
{
  connected_ = true;
  wakeup_.cancel();
}

void redis_link::on_close(std::string_view error)
{
  closed_ = true;
  if (error_.empty())
    error_ = printable(error);
  wakeup_.cancel();
}

clock::time_point redis_link::oldest_deadline() const
{
  return std::min(sent_.front().sent_at + reply_timeout_, deadline_);
}

// One timer serves all commands and is set only when it is not armed. Under load it costs one
// wake-up in each reply timeout instead of one for each command.
void redis_link::arm_reply_timer()
{
  if (sent_.empty() || reply_timer_.armed())
    return;
  reply_timer_.set(oldest_deadline(), [this] {
    if (!sent_.empty() && oldest_deadline() <= clock::now())
      close("no reply in time");
    arm_reply_timer();
  });
}

} // namespace tally
