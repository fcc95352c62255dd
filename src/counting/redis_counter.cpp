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
                                                                          statistics_, settings},
      total_reader_{loop, connection}, memory_{connection}, deadline_timer_{loop}
{
  marks.on_ready([this] { loop_.post([this] { batcher_.wake(); }); });
  connection_.on_change([this] {
    batcher_.wake();
    if (connection_.state() == redis_state::ready && waiting_visits_.value() == 0)
      probe();
  });
}

// Finds out whether visits can be counted while no visit shows it.
void redis_counter::probe()
{
  if (!std::exchange(probing_, true))
    asio::co_spawn(loop_.get_executor(), run_probe(), rethrow);
}

awaitable<void> redis_counter::run_probe()
{
  const redis_command command = batcher_.probe_command(keys::counter(default_counter));
  const auto reply = co_await connection_.request(command);
  probing_ = false;
  statistics_.probe_due = false;
  if (!reply)
    co_return;
  if (reply->type == redis_reply::kind::text)
    statistics_.permanent_error.clear();
  else if (is_permanent_error(reply->text))
    statistics_.permanent_error = printable(reply->text);
}

// The cause of a permanent error may be gone. This probe informs the next call.
std::string redis_counter::error()
{
  std::string_view text = connection_.last_error();
  if (text.empty() && (statistics_.probe_due || !statistics_.permanent_error.empty())) {
    probe();
    text = statistics_.permanent_error;
  }
  return text.empty() ? "" : std::string{"redis: "}.append(text);
}

void redis_counter::count(std::string_view name, pending_total& visit)
{
  const auto state = connection_.state();
  if (state == redis_state::unreachable || state == redis_state::stopped)
    return visit.settle(make_error_code(errc::unavailable));
  if (waiting_visits_.value() >= settings_.max_waiting)
    return visit.settle(make_error_code(errc::overloaded));
  if (!visit.key.empty() && memory_.almost_full())
    return visit.settle(make_error_code(errc::no_memory_for_key));
  visit.enter(waiting_visits_);
  visit.counter = name;
  visit.deadline = coarse_now() + settings_.visit_timeout;
  visits_.push_back(visit);
  arm_deadline_timer();
  batcher_.add(visit);
}

void redis_counter::total(std::string_view name, pending_total& request)
{
  if (waiting_totals_.value() >= settings_.max_waiting)
    return request.settle(make_error_code(errc::overloaded));
  request.enter(waiting_totals_);
  request.counter = name;
  total_reader_.add(request);
}

// All visits have the same timeout, so the oldest expires first. One timer serves all of them, and
// is set only when it is not armed.
void redis_counter::arm_deadline_timer()
{
  if (!visits_.empty() && !deadline_timer_.armed())
    deadline_timer_.set(visits_.front().deadline, [this] { expire_visits(); });
}

void redis_counter::expire_visits()
{
  const auto now = clock::now();
  while (!visits_.empty() && visits_.front().deadline <= now) {
    pending_total& visit = visits_.front();
    const bool unknown = visit.current_batch && visit.current_batch->outstanding();
    visit.settle(make_error_code(unknown ? errc::outcome_unknown : errc::unavailable));
  }
  arm_deadline_timer();
}

} // namespace tally
