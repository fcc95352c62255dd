#include <tally/count_script.hpp>
#include <tally/redis_counter.hpp>

#include <boost/asio/co_spawn.hpp>

#include <random>
#include <utility>

namespace tally {
namespace {

std::string key(std::string_view name)
{
  return name.empty() ? "visits" : std::string{"visits:"}.append(name);
}

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
                             const redis_settings& settings)
    : loop_{loop}, poller_{with},
      connection_{connection}, settings_{settings}, writer_{random_id(), 0}, oldest_{loop}
{
  connection_.on_change([this] {
    for (auto& [name, each] : lanes_)
      each.wake();
  });
}

std::vector<redis_command> redis_counter::greeting()
{
  // The script itself, for no visits, on a key that expires at once: it reads and writes all that
  // a visit does, but the counter.
  constexpr std::string_view probe = "{visits}:.probe";
  return {{"SCRIPT", "LOAD", count_script::text},
          {"EVALSHA", count_script::sha1, "2", probe, probe, "1", "0", "1"}};
}

std::string redis_counter::trouble() const
{
  const std::string_view reason = connection_.trouble();
  return reason.empty() ? "" : std::string{"redis: "}.append(reason);
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
  asio::co_spawn(loop_, tell_total({"GET", key(name)}, std::move(whom)), rethrow);
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
  if (found == lanes_.end())
    found =
        lanes_.try_emplace(std::string{name}, poller_, connection_, writer_, statistics_, key(name))
            .first;
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
