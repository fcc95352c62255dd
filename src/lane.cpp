#include <tally/count_script.hpp>
#include <tally/lane.hpp>
#include <tally/redis_command.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

namespace tally {
namespace {

// How long Redis keeps the record of a writer's last batch. A batch older than half of it is never
// sent again: its record might be gone, and with it the proof that it was not counted. A day, since
// a copy may be late because a machine was suspended, and a record costs some 120 bytes.
constexpr std::chrono::milliseconds record_life = std::chrono::hours{24};

// What the script answered to the batch of this number, if it is an answer to that batch.
std::optional<std::int64_t> total_for(std::string_view sequence, std::string_view text)
{
  if (!text.starts_with(sequence) || !text.substr(sequence.size()).starts_with(' '))
    return std::nullopt;
  return parse_total(text.substr(sequence.size() + 1));
}

} // namespace

struct lane::batch {
  std::string sequence;
  redis_command command;
  std::int64_t size;
  clock::time_point made = clock::now();
  bool under_way = false; // a copy is with Redis, or may be
  bool in_doubt = false;  // a copy was lost: it was carried out or not
};

lane::lane(executor loop, redis_connection& connection, writer& from, lane_statistics& statistics,
           std::string key)
    : loop_{loop}, connection_{connection}, writer_{from},
      statistics_{statistics}, key_{std::move(key)}, record_{'{' + key_ + "}:.writer:" + from.id}
{
}

void lane::join(visit& who)
{
  waiting_.push_back(who);
  if (!std::exchange(running_, true))
    asio::co_spawn(loop_, run(), [](const std::exception_ptr& failure) {
      if (failure)
        std::rethrow_exception(failure);
    });
}

awaitable<void> lane::run()
{
  while (!waiting_.empty()) {
    if (gone()) {
      settle_all(waiting_, errc::unavailable);
    } else if (connection_.condition() != redis_condition::ready) {
      co_await connection_.changed();
    } else {
      batch next = take_waiting();
      co_await resolve(next);
    }
  }
  running_ = false;
}

bool lane::gone() const
{
  return connection_.condition() == redis_condition::away ||
         connection_.condition() == redis_condition::stopped;
}

lane::batch lane::take_waiting()
{
  std::int64_t place = 0;
  for (visit& each : waiting_)
    each.place = place++;
  sent_.splice(sent_.end(), waiting_);
  const std::string sequence = std::to_string(++writer_.sequence);
  const std::string visits = std::to_string(place);
  const std::string life = std::to_string(record_life.count());
  return {
      sequence, {"EVALSHA", count_script::sha1, "2", key_, record_, sequence, visits, life}, place};
}

// Sends the batch until its outcome is known, or until nobody waits for that any more.
awaitable<void> lane::resolve(batch& now)
{
  for (visit& each : sent_)
    each.under_way = &now.under_way;
  while (!sent_.empty()) {
    if (gone())
      settle_all(waiting_, errc::unavailable);
    if (const auto end = hopeless(now))
      co_return settle_all(sent_, *end);
    if (connection_.condition() != redis_condition::ready) {
      co_await connection_.changed();
      continue;
    }
    statistics_.resends += now.in_doubt;
    now.under_way = true;
    const auto reply = co_await connection_.command(now.command);
    now.in_doubt |= reply.has_error() && reply.error() == errc::unknown;
    now.under_way = now.in_doubt;
    if (reply.has_error())
      continue;
    if (const auto end = judge(now, *reply))
      co_return settle_all(sent_, *end);
  }
}

// Why it makes no sense to send the batch, now or later.
std::optional<errc> lane::hopeless(const batch& now) const
{
  if (!now.in_doubt)
    return gone() ? std::optional{errc::unavailable} : std::nullopt;
  const bool stopped = connection_.condition() == redis_condition::stopped;
  const bool too_old = clock::now() - now.made > record_life / 2;
  return stopped || too_old ? std::optional{errc::unknown} : std::nullopt;
}

// Hands out the numbers, or tells how the visits end without one; neither, and the batch is to be
// sent again, on another connection.
std::optional<errc> lane::judge(batch& now, const redis_reply& reply)
{
  if (reply.type == redis_reply::kind::error) {
    // Redis lost the script and not the batch: the greeting of the next connection brings it back,
    // or shows that there is no counting here.
    const bool again = reply.text.starts_with("NOSCRIPT");
    const bool lasting = is_lasting(reply.text);
    if (lasting)
      connection_.report(reply.text);
    else
      connection_.drop(reply.text);
    if (again)
      return std::nullopt;
    return now.in_doubt ? errc::unknown : lasting ? errc::rejected : errc::refused;
  }
  if (reply.type == redis_reply::kind::text) {
    const bool by_record = reply.text.starts_with('=');
    const auto answer = std::string_view{reply.text}.substr(by_record);
    const auto total = total_for(now.sequence, answer);
    if (total && *total >= std::numeric_limits<std::int64_t>::min() + now.size) {
      statistics_.by_record += by_record;
      hand_out(now, *total);
      return std::nullopt;
    }
  }
  now.in_doubt = now.under_way = true;
  connection_.drop("an answer to something else");
  return std::nullopt;
}

void lane::hand_out(const batch& counted, std::int64_t total)
{
  ++statistics_.batches;
  statistics_.largest = std::max(statistics_.largest, static_cast<std::uint64_t>(counted.size));
  const std::int64_t before = total - counted.size;
  while (!sent_.empty()) {
    visit& first = sent_.front();
    ++statistics_.visits;
    first.settle(before + first.place + 1);
  }
}

void lane::settle_all(visit_list<&visit::by_lane>& visits, errc why)
{
  if (why == errc::unknown)
    statistics_.unknown += visits.size();
  visit_list<&visit::by_lane> ending; // who goes on may come back at once
  ending.swap(visits);
  while (!ending.empty())
    ending.front().settle(make_error_code(why));
}

} // namespace tally
