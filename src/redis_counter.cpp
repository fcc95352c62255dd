#include "redis_link.hpp"

#include <tally/count_script.hpp>
#include <tally/keys.hpp>
#include <tally/redis_counter.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace tally {
namespace {

// 128 random bits: no two workers, of any replica, ever write the same record.
std::string random_id()
{
  static constexpr std::string_view digits = "0123456789abcdef";
  std::random_device entropy;
  std::uniform_int_distribution<std::size_t> digit{0, digits.size() - 1};
  std::string id(32, '0');
  for (char& each : id)
    each = digits[digit(entropy)];
  return id;
}

} // namespace

redis_counter::redis_counter(executor loop, poller& with, redis_connection& connection,
                             const redis_settings& settings, high_water_marks& marks)
    : loop_{loop}, poller_{with}, connection_{connection}, settings_{settings}, marks_{marks},
      writer_{random_id()}, oldest_{loop}
{
  connection_.on_change([this] {
    wake_lanes();
    if (connection_.condition() == redis_condition::ready && waiting_ == 0)
      probe();
  });
}

bool redis_counter::unsettled() const
{
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const auto& each) { return each.second.unsettled(); });
}

void redis_counter::wake_lanes()
{
  for (auto& [name, each] : lanes_)
    each.wake();
}

// The worker takes a new identity, unless a batch in doubt needs the old one: a virtual machine
// that was cloned or restored must not continue a sequence that its twin uses. The script writes
// the record of batch 0, so that each batch has a predecessor.
std::vector<redis_command> redis_counter::setup_commands()
{
  const bool keep = unsettled();
  if (!keep)
    writer_ = {random_id()};
  const std::string record = keep ? keys::probe(writer_.id) : keys::record(writer_.id);
  return {{"SCRIPT", "LOAD", count_script::text},
          probe_of(record, record, keep ? std::chrono::milliseconds{1} : record_life)};
}

redis_command redis_counter::probe_of(std::string_view counter, std::string_view record,
                                      std::chrono::milliseconds life)
{
  return {"EVALSHA", count_script::sha1,           "3",  counter, record, keys::epoch, "0",
          "0",       std::to_string(life.count()), "-1", "0",     "0",    ""};
}

// Shows whether visits can be counted, when no visit is there to show it.
void redis_counter::probe()
{
  poller_.hand_over();
  if (!std::exchange(probing_, true))
    asio::co_spawn(loop_, run_probe(), rethrow);
}

awaitable<void> redis_counter::run_probe()
{
  const redis_command command =
      probe_of(keys::counter({}), keys::probe(writer_.id), std::chrono::milliseconds{1});
  const auto reply = co_await connection_.command(command);
  probing_ = false;
  if (reply && reply->type == redis_reply::kind::text)
    statistics_.lasting_error.clear();
  else if (reply && reply->type == redis_reply::kind::error && is_lasting(reply->text))
    statistics_.lasting_error = printable(reply->text);
}

// A lasting error may be gone by now: the probe's result serves the next call.
std::string redis_counter::trouble()
{
  std::string_view error = connection_.trouble();
  if (error.empty() && !statistics_.lasting_error.empty()) {
    probe();
    error = statistics_.lasting_error;
  }
  return error.empty() ? "" : std::string{"redis: "}.append(error);
}

void redis_counter::count(std::string_view name, visit& who)
{
  const auto condition = connection_.condition();
  if (condition == redis_condition::away || condition == redis_condition::stopped)
    return who.settle(make_error_code(errc::unavailable));
  if (waiting_ >= settings_.max_waiting)
    return who.settle(make_error_code(errc::overloaded));
  who.enter(waiting_);
  who.deadline = coarse_now() + settings_.visit_timeout;
  visits_.push_back(who);
  watch_deadlines();
  lane_for(name).join(who);
}

void redis_counter::total(std::string_view name, visit& who)
{
  if (totals_ >= settings_.max_waiting)
    return who.settle(make_error_code(errc::overloaded));
  who.enter(totals_);
  visit_list<&visit::by_lane> whom;
  whom.push_back(who);
  poller_.hand_over();
  asio::co_spawn(loop_, tell_total({"GET", keys::counter(name)}, std::move(whom)), rethrow);
}

// The list is of one, or empty when that one has gone away.
awaitable<void> redis_counter::tell_total(redis_command get, visit_list<&visit::by_lane> whom)
{
  const auto reply = co_await connection_.command(get);
  const auto told = reply ? told_by(*reply) : reply.error();
  while (!whom.empty())
    whom.front().settle(told);
}

result<std::int64_t> redis_counter::told_by(const redis_reply& reply)
{
  using kind = redis_reply::kind;
  if (reply.type == kind::nil)
    return 0;
  if (reply.type == kind::integer || reply.type == kind::other) {
    connection_.drop("an answer to something else");
    return errc::bad_reply;
  }
  if (const auto total = parse_total(reply.text); total && reply.type == kind::text)
    return *total;
  connection_.report(reply.text);
  return reply.type == kind::text || is_lasting(reply.text) ? errc::rejected : errc::refused;
}

lane& redis_counter::lane_for(std::string_view name)
{
  auto found = lanes_.find(name);
  if (found == lanes_.end()) {
    high_water_mark& mark = marks_.of(keys::counter(name));
    mark.on_ready([this] { asio::post(loop_, [this] { wake_lanes(); }); });
    found = lanes_
                .try_emplace(std::string{name}, poller_, connection_, writer_, statistics_, mark,
                             keys::counter(name))
                .first;
  }
  return found->second;
}

// Visits wait equally long, so that the oldest is always the next one due: one timer for all, set
// only when it is not.
void redis_counter::watch_deadlines()
{
  if (visits_.empty() || std::exchange(watched_, true))
    return;
  oldest_.expires_at(visits_.front().deadline);
  oldest_.async_wait([this](error_code cancelled) {
    watched_ = false;
    if (!cancelled)
      expire();
  });
}

void redis_counter::expire()
{
  const auto now = clock::now();
  while (!visits_.empty() && visits_.front().deadline <= now) {
    visit& late = visits_.front();
    const bool unknown = late.under_way && *late.under_way;
    statistics_.unknown += unknown;
    late.settle(make_error_code(unknown ? errc::unknown : errc::unavailable));
  }
  watch_deadlines();
}

} // namespace tally
