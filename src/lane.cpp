#include "redis_link.hpp"

#include <tally/count_script.hpp>
#include <tally/keys.hpp>
#include <tally/lane.hpp>
#include <tally/redis_command.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tally {
namespace {

// docs/performance.md has what these were measured by.
constexpr std::size_t none = 4;   // fewer visits are no crowd
constexpr std::size_t few = 24;   // come in while Redis counts the others
constexpr std::size_t many = 160; // are not worth a wake-up each
constexpr std::size_t most = 256; // are enough for any batch

// A crowd that comes in leaves no lull of this length. Where visits come at no such pace, their
// worker has time to spare, and nobody need wait to save it some.
constexpr std::chrono::microseconds lull{80};
constexpr std::chrono::microseconds pace{8};

struct recorded_total {
  bool by_record; // the batch was counted before
  std::int64_t epoch;
  std::int64_t total;
};

// Removes the number at the beginning of the text, with a space behind it, and returns the number.
std::optional<std::int64_t> take_number(std::string_view& text)
{
  const auto end = std::min(text.find(' '), text.size());
  const auto number = parse_total(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return number;
}

// Returns what the script answered, or nothing if that does not answer the batch of this number.
std::optional<recorded_total> parse_record(std::string_view text, std::uint64_t sequence)
{
  const bool by_record = text.starts_with('=');
  text.remove_prefix(by_record ? 1 : 0);
  const auto of = take_number(text);
  const auto epoch = take_number(text);
  const auto total = take_number(text);
  if (!of || *of < 0 || static_cast<std::uint64_t>(*of) != sequence || !epoch || !total ||
      !text.empty())
    return std::nullopt;
  return recorded_total{by_record, *epoch, *total};
}

} // namespace

lane::lane(poller& with, redis_connection& connection, writer& from, lane_statistics& statistics,
           high_water_mark& mark, std::string key)
    : poller_{with}, connection_{connection}, writer_{from},
      statistics_{statistics}, mark_{mark}, key_{std::move(key)}
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
    if (const auto error = judge(*reply))
      settle_all(sent_, *error);
    if (!batch_.in_doubt)
      end_batch();
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
  if (batch_.in_doubt && sent_.empty()) { // nobody waits for its outcome any more
    end_batch();
    batch_.in_doubt = batch_.under_way = false;
    abandoned_ = true;
  }
  // Redis certainly did not apply this batch. Its visits wait again, so that one that times out
  // first is not counted later.
  if (!batch_.in_doubt) {
    end_batch();
    for (visit& each : sent_)
      each.under_way = nullptr;
    waiting_.splice(waiting_.begin(), sent_);
  }
  if (gone()) {
    settle_all(waiting_, errc::unavailable);
    came_ = 0;
  }
  if (sent_.empty() && !waiting_.empty() && connection_.condition() == redis_condition::ready) {
    if (gathers())
      return crowd_ < many ? poller_.defer_to_next(*this, lull) : poller_.defer_by(*this, lull);
    if (!make_batch())
      return; // the mark wakes this lane
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

bool lane::make_batch()
{
  const auto mark = mark_.begin();
  if (!mark)
    return false;
  came_ = seen_ = 0;
  batch_ = {.sequence = ++writer_.sequence,
            .made = clock::now(),
            .record = keys::record(writer_.id),
            .mark = mark};
  while (!waiting_.empty() && static_cast<std::size_t>(batch_.size) < largest_) {
    visit& next = waiting_.front();
    next.place = batch_.size++;
    next.under_way = &batch_.under_way;
    sent_.splice(sent_.end(), waiting_, waiting_.begin());
  }
  return true;
}

void lane::end_batch()
{
  if (const auto mark = std::exchange(batch_.mark, std::nullopt))
    mark_.end(*mark);
}

// Where there is no connection, wake() comes when there is. Only a batch that is sent again has to
// find its predecessor in the record. By then other workers may have shown higher numbers: it
// carries the mark of now, or it could count below them after a rollback.
void lane::send()
{
  if (batch_.in_doubt)
    mark_.refresh(*batch_.mark);
  command_.assign({"EVALSHA", count_script::sha1, "3", key_, batch_.record, keys::epoch,
                   std::to_string(batch_.sequence), std::to_string(batch_.size),
                   std::to_string(record_life.count()),
                   batch_.in_doubt ? std::to_string(writer_.recorded) : "-1",
                   std::to_string(batch_.mark->total), std::to_string(batch_.mark->epoch),
                   batch_.mark->raise ? "raise" : ""});
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
  if (reply.type == redis_reply::kind::error)
    return judge_error(reply.text);
  const auto record = reply.type == redis_reply::kind::text
                          ? parse_record(reply.text, batch_.sequence)
                          : std::nullopt;
  if (record && record->total >= std::numeric_limits<std::int64_t>::min() + batch_.size) {
    statistics_.by_record += record->by_record;
    count(record->total, record->epoch);
    return std::nullopt;
  }
  batch_.in_doubt = batch_.under_way = true;
  connection_.drop("an answer to something else");
  return std::nullopt;
}

// Returns nothing where the visits can still be counted, by this batch or by another one.
std::optional<errc> lane::judge_error(std::string_view error)
{
  if (error.starts_with(count_script::below)) {
    const auto found = parse_total(error.substr(count_script::below.size()));
    mark_.rolled_back(*batch_.mark, found.value_or(0));
    return batch_.in_doubt ? std::optional{errc::unknown} : std::nullopt;
  }
  if (error.starts_with(count_script::unproven)) {
    connection_.report(error);
    return errc::unknown;
  }
  if (error.starts_with("NOSCRIPT")) {
    // Redis has lost the script and not the batch: the set-up of the next connection loads the
    // script again, or shows that nothing can be counted here.
    connection_.drop(error);
    return std::nullopt;
  }
  if (batch_.size > 1 && !batch_.in_doubt && error.find("would overflow") != error.npos) {
    largest_ = static_cast<std::size_t>(batch_.size) / 2; // some visits may still get a number
    return std::nullopt;
  }
  const bool lasting = is_lasting(error);
  if (lasting) {
    statistics_.lasting_error = printable(error);
    connection_.report(error);
  } else {
    connection_.drop(error);
  }
  return batch_.in_doubt ? errc::unknown : lasting ? errc::rejected : errc::refused;
}

void lane::count(std::int64_t total, std::int64_t epoch)
{
  ++statistics_.batches;
  statistics_.largest = std::max(statistics_.largest, static_cast<std::uint64_t>(batch_.size));
  statistics_.lasting_error.clear();
  largest_ = no_limit;
  abandoned_ = false;
  writer_.recorded = batch_.sequence;
  mark_.counted(*batch_.mark, total, epoch);
  before_ = total - batch_.size;
  batch_.in_doubt = batch_.under_way = false;
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
