#include "counting/keys.hpp"

#include <tally/base/text.hpp>
#include <tally/counting/redis_counter.hpp>
#include <tally/redis/reply.hpp>

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace tally {

redis_counter::redis_counter(event_loop& loop, redis_connection& connection,
                             const redis_settings& settings, high_water_marks& marks)
    : loop_{loop}, connection_{connection}, settings_{settings}, batcher_{loop, connection, marks,
                                                                          statistics_},
      total_reader_{loop, connection}, deadline_{loop}
{
  marks.on_ready([this] { loop_.post([this] { batcher_.wake(); }); });
  connection_.on_change([this] {
    batcher_.wake();
    if (connection_.condition() == redis_condition::ready && waiting_ == 0)
      probe();
  });
}

// Whether visits can be counted is known by the visits. Where none of them may show it, this does.
void redis_counter::probe()
{
  if (!std::exchange(probing_, true))
    asio::co_spawn(loop_.get_executor(), run_probe(), rethrow);
}

awaitable<void> redis_counter::run_probe()
{
  const redis_command command = batcher_.probe_command(keys::counter({}));
  const auto reply = co_await connection_.command(command);
  probing_ = false;
  if (!reply)
    co_return;
  if (reply->type == redis_reply::kind::text)
    statistics_.lasting_error.clear();
  else if (is_lasting(reply->text))
    statistics_.lasting_error = printable(reply->text);
}

// A lasting error may be gone by now: ask, so that the next call knows it.
std::string redis_counter::trouble()
{
  std::string_view error = connection_.trouble();
  if (error.empty() && !statistics_.lasting_error.empty()) {
    probe();
    error = statistics_.lasting_error;
  }
  return error.empty() ? "" : std::string{"redis: "}.append(error);
}

void redis_counter::count(std::string_view name, pending_total& visit)
{
  const auto condition = connection_.condition();
  if (condition == redis_condition::away || condition == redis_condition::stopped)
    return visit.settle(make_error_code(errc::unavailable));
  if (waiting_ >= settings_.max_waiting)
    return visit.settle(make_error_code(errc::overloaded));
  visit.enter(waiting_);
  visit.counter = name;
  visit.deadline = coarse_now() + settings_.visit_timeout;
  visits_.push_back(visit);
  arm_deadline_timer();
  batcher_.add(visit);
}

void redis_counter::total(std::string_view name, pending_total& request)
{
  if (totals_ >= settings_.max_waiting)
    return request.settle(make_error_code(errc::overloaded));
  request.enter(totals_);
  request.counter = name;
  total_reader_.add(request);
}

// Visits wait equally long, so that the oldest is always the next one due: one timer for all, set
// only when it is not.
void redis_counter::arm_deadline_timer()
{
  if (visits_.empty() || std::exchange(armed_, true))
    return;
  deadline_.set(visits_.front().deadline, [this] {
    armed_ = false;
    expire();
  });
}

void redis_counter::expire()
{
  const auto now = clock::now();
  while (!visits_.empty() && visits_.front().deadline <= now) {
    pending_total& late = visits_.front();
    const bool unknown = late.in_batch && late.in_batch->may_be_applied();
    statistics_.unknown += unknown;
    late.settle(make_error_code(unknown ? errc::unknown : errc::unavailable));
  }
  arm_deadline_timer();
}

} // namespace tally
