#include "counting/keys.hpp"

#include <tally/counting/total_reader.hpp>

#include <algorithm>
#include <utility>

namespace tally {
namespace {

// Counters in one round; requests for others wait for the next one.
constexpr std::size_t max_keys = 256;

} // namespace

void total_reader::add(pending_total& request)
{
  waiting_.push_back(request);
  loop_.defer(*this);
}

void total_reader::on_reply(redis_reply reply)
{
  replies_.push_back(std::move(reply));
  if (replies_.size() == keys_.size())
    loop_.defer(*this);
}

void total_reader::on_turn_end()
{
  if (replies_.size() != keys_.size())
    return; // the round is not complete
  settle_round();
  if (!waiting_.empty())
    send_round();
}

void total_reader::settle_round()
{
  pending_totals settling;
  settling.swap(round_);
  keys_.clear();
  std::vector<result<std::int64_t>> totals;
  for (const redis_reply& reply : std::exchange(replies_, {}))
    totals.push_back(parse(reply));
  while (!settling.empty())
    settling.front().settle(totals[settling.front().index]);
}

void total_reader::send_round()
{
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    pending_total& request = *next++;
    const std::string key = keys::counter(request.counter);
    const auto known = std::ranges::find(keys_, key);
    request.index = static_cast<std::size_t>(known - keys_.begin());
    if (known == keys_.end()) {
      if (keys_.size() == max_keys)
        break;
      command_.begin(2);
      command_.add("GET");
      command_.add(key);
      if (!connection_.send(command_.bytes(), *this))
        break;
      keys_.push_back(key);
    }
    request.batch_hook.unlink();
    round_.push_back(request);
  }
  if (keys_.empty())
    fail_all(waiting_, errc::unavailable);
}

result<std::int64_t> total_reader::parse(const redis_reply& reply)
{
  using kind = redis_reply::kind;
  if (reply.type == kind::none)
    return errc::outcome_unknown;
  if (reply.type == kind::nil)
    return errc::no_counter;
  if (reply.type != kind::text && reply.type != kind::error) {
    connection_.reconnect("a reply that does not match its command");
    return errc::bad_reply;
  }
  if (const auto total = parse_total(reply.text); total && reply.type == kind::text)
    return *total;
  if (may_run_elsewhere(reply.text) && reply.type == kind::error)
    connection_.reconnect(reply.text);
  connection_.log_error_reply(reply.text);
  return reply.type == kind::text || is_permanent_error(reply.text) ? errc::permanent_failure
                                                                    : errc::temporary_failure;
}

} // namespace tally
