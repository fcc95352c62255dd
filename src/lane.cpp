#include <tally/count_script.hpp>
#include <tally/lane.hpp>
#include <tally/redis_command.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tally {
namespace {

// How long Redis keeps the record of a writer's last batch. A batch older than half of it is never
// sent again: its record might be gone, and with it the proof that it was not counted. A day, since
// a copy may be late because a machine was suspended, and a record costs some 120 bytes.
constexpr std::chrono::milliseconds record_life = std::chrono::hours{24};

// docs/performance.md has what these were measured by.
constexpr std::size_t none = 4;   // fewer visits are no crowd
constexpr std::size_t few = 24;   // come in while Redis counts the others
constexpr std::size_t many = 160; // are not worth a wake-up each
constexpr std::size_t most = 256; // are enough for any batch

// A crowd that comes in leaves no lull of this length. Where visits come at no such pace, their
// worker has time to spare, and nobody need wait to save it some.
constexpr std::chrono::microseconds lull{80};
constexpr std::chrono::microseconds pace{8};

// What the script answered to the batch of this number, if it is an answer to that batch.
std::optional<std::int64_t> total_for(std::string_view sequence, std::string_view text)
{
  if (!text.starts_with(sequence) || !text.substr(sequence.size()).starts_with(' '))
    return std::nullopt;
  return parse_total(text.substr(sequence.size() + 1));
}

} // namespace

lane::lane(poller& with, redis_connection& connection, writer& from, lane_statistics& statistics,
           std::string key)
    : poller_{with}, connection_{connection}, writer_{from},
      statistics_{statistics}, key_{std::move(key)}, record_{'{' + key_ + "}:.writer:" + from.id}
{
}

void lane::join(visit& who)
{
  waiting_.push_back(who);
  ++came_;
  // Those who come in this turn go together, at its end; or when the batch under way is back.
  if (!batch_.sent)
    poller_.defer(*this);
}

void lane::on_reply(redis_reply reply)
{
  reply_ = std::move(reply);
  poller_.defer(*this);
}

// Whatever can be done now: the outcome of a batch, that batch once more, the next one.
void lane::on_turn_end()
{
  if (const auto reply = std::exchange(reply_, std::nullopt)) {
    if (const auto why = judge(*reply))
      settle_all(sent_, *why);
    const bool counted = !counted_.empty();
    hand_out();
    batch_.sent = false; // only now: who was answered and is back waits for all the others
    if (counted) {
      if (!waiting_.empty())
        poller_.defer_to_next(*this);
      return;
    }
  }
  if (batch_.sent)
    return;
  if (batch_.in_doubt && hopeless())
    settle_all(sent_, errc::unknown);
  // What is certainly not counted is a batch no longer: who leaves it now, because the deadline has
  // passed, must not be counted with it later.
  if (!batch_.in_doubt)
    waiting_.splice(waiting_.begin(), sent_);
  if (gone()) {
    settle_all(waiting_, errc::unavailable);
    came_ = 0;
  }
  if (sent_.empty() && !waiting_.empty() && connection_.condition() == redis_condition::ready) {
    if (gathers())
      return crowd_ < many ? poller_.defer_to_next(*this, lull) : poller_.defer_by(*this, lull);
    make_batch();
  }
  if (!sent_.empty())
    send();
}

bool lane::gone() const
{
  return connection_.condition() == redis_condition::away ||
         connection_.condition() == redis_condition::stopped;
}

// Whether the batch is to wait for more. It costs Redis much the same whatever its size, and while
// a crowd comes in the next of it is there in no time. Now and then a batch waits until nobody
// comes any more, which shows how large the crowd is. The others wait for all but a few, who come
// in while these are counted.
bool lane::gathers()
{
  const auto now = clock::now();
  if (came_ < none || now - batch_.made > came_ * pace)
    return false;
  if (came_ != seen_) {
    seen_ = came_;
    last_came_ = now;
  } else if (now - last_came_ >= lull) {
    crowd_ = std::max(came_, crowd_ - (crowd_ + 31) / 32);
    return false;
  }
  const bool looks = statistics_.batches % 128 == 0;
  if (came_ >= most)
    crowd_ = most;
  return looks ? came_ < most : came_ + few < crowd_;
}

void lane::make_batch()
{
  came_ = seen_ = 0;
  batch_ = {.sequence = std::to_string(++writer_.sequence), .made = clock::now()};
  for (visit& each : waiting_) {
    each.place = batch_.size++;
    each.under_way = &batch_.under_way;
  }
  sent_.swap(waiting_);
  command_.assign({"EVALSHA", count_script::sha1, "2", key_, record_, batch_.sequence,
                   std::to_string(batch_.size), std::to_string(record_life.count())});
}

// Where there is no connection, wake() comes when there is.
void lane::send()
{
  batch_.sent = connection_.send(command_.bytes(), *this);
  statistics_.resends += batch_.sent && batch_.in_doubt;
  batch_.under_way = batch_.sent || batch_.in_doubt;
}

// Whether the batch is not to be sent once more, now or later.
bool lane::hopeless() const
{
  return connection_.condition() == redis_condition::stopped ||
         clock::now() - batch_.made > record_life / 2;
}

// Counts, or tells how the visits end without a number; neither, and the batch is to be sent again,
// on another connection.
std::optional<errc> lane::judge(const redis_reply& reply)
{
  if (reply.type == redis_reply::kind::none) {
    batch_.in_doubt = batch_.under_way = true;
    return std::nullopt;
  }
  batch_.under_way = batch_.in_doubt;
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
    return batch_.in_doubt ? errc::unknown : lasting ? errc::rejected : errc::refused;
  }
  if (reply.type == redis_reply::kind::text) {
    const bool by_record = reply.text.starts_with('=');
    const auto answer = std::string_view{reply.text}.substr(by_record);
    const auto total = total_for(batch_.sequence, answer);
    if (total && *total >= std::numeric_limits<std::int64_t>::min() + batch_.size) {
      statistics_.by_record += by_record;
      count(*total);
      return std::nullopt;
    }
  }
  batch_.in_doubt = batch_.under_way = true;
  connection_.drop("an answer to something else");
  return std::nullopt;
}

void lane::count(std::int64_t total)
{
  ++statistics_.batches;
  statistics_.largest = std::max(statistics_.largest, static_cast<std::uint64_t>(batch_.size));
  before_ = total - batch_.size;
  counted_.swap(sent_);
}

void lane::hand_out()
{
  while (!counted_.empty()) {
    visit& first = counted_.front();
    ++statistics_.visits;
    first.settle(before_ + first.place + 1);
  }
}

void lane::settle_all(visits& whom, errc why)
{
  if (why == errc::unknown)
    statistics_.unknown += whom.size();
  visits ending; // who goes on may come back at once
  ending.swap(whom);
  while (!ending.empty())
    ending.front().settle(make_error_code(why));
}

} // namespace tally
