#include "counting/count_call.hpp"
#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/base/random_id.hpp>
#include <tally/counting/batch_writer.hpp>
#include <tally/redis/replicas.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace tally {

redis_command probe(std::string_view counter, std::string_view record,
                    std::chrono::milliseconds ttl)
{
  redis_command command;
  const std::array parts{batch_part{.key = std::string{counter}}};
  write_call(command, {.record = record, .ttl = ttl}, parts);
  return command;
}

batch_writer::batch_writer(shared& shared_state)
    : shared_{shared_state}, batch_{random_id()}, record_key_{keys::record(batch_.writer())}
{
}

std::optional<redis_command> batch_writer::rename()
{
  if (batch_.id_in_use())
    return std::nullopt;
  batch_.rename(random_id());
  record_key_ = keys::record(batch_.writer());
  return probe(record_key_, record_key_, record_ttl);
}

void batch_writer::on_reply(redis_reply reply)
{
  if (!reply_)
    reply_ = std::move(reply);
  else
    confirmation_ = std::move(reply);
  if (--awaited_replies_ == 0)
    shared_.on_reply();
}

void batch_writer::advance()
{
  if (reply_ && awaited_replies_ == 0) {
    const auto reply = std::exchange(reply_, std::nullopt);
    if (reply->type != redis_reply::kind::none)
      shared_.statistics.roundtrips.observe(clock::now() - sent_at_);
    apply(handle_replies(*reply, std::exchange(confirmation_, {})));
  }
  if (in_doubt() && must_give_up())
    apply(batch_event::given_up);
}

bool batch_writer::make_batch()
{
  visits_.fill(shared_.waiting, batch_);
  ticket_ = shared_.marks.begin(visits_.parts());
  if (!ticket_) {
    visits_.requeue(shared_.waiting);
    return false;
  }
  batch_.begin(++shared_.sequence);
  made_at_ = clock::now();
  return true;
}

bool batch_writer::must_give_up() const
{
  return visits_.pending() == 0 || shared_.connection.state() == redis_state::stopped ||
         clock::now() - made_at_ > record_ttl / 2;
}

bool batch_writer::send()
{
  if (in_doubt())
    shared_.marks.refresh(*ticket_, visits_.parts());
  write_call(shared_.command,
             {.record = record_key_,
              .sequence = batch_.sequence(),
              .key_ttl = shared_.settings.idempotency_ttl,
              .predecessor = batch_.predecessor(),
              .epoch = ticket_->epoch,
              .raise = ticket_->raise,
              .rewrite = in_doubt() && shared_.settings.replicas != 0,
              .max_counters = shared_.settings.max_counters},
             visits_.parts(), visits_.keyed());
  awaited_replies_ = 1;
  if (!shared_.connection.send(shared_.command.bytes(), *this))
    return false;
  if (shared_.settings.replicas != 0)
    send_wait();
  sent_at_ = clock::now();
  batch_.handle(batch_event::sent);
  return true;
}

void batch_writer::send_wait()
{
  ++awaited_replies_;
  // If it cannot be sent, the connection is lost, and the batch's own reply says so.
  if (!shared_.connection.send(shared_.wait_command.bytes(), *this) && --awaited_replies_ == 0)
    shared_.on_reply();
}

batch_event batch_writer::handle_replies(const redis_reply& reply, const redis_reply& confirmation)
{
  if (reply.type == redis_reply::kind::none)
    return batch_event::lost;
  if (reply.type == redis_reply::kind::error)
    return handle_error(reply.text);
  const auto record = reply.type == redis_reply::kind::text
                          ? parse_record(reply.text, visits_.parts(), visits_.keyed())
                          : std::nullopt;
  if (!record || record->sequence != batch_.sequence()) {
    shared_.connection.reconnect("a reply that does not match its command");
    return batch_event::lost;
  }
  if (shared_.settings.replicas != 0 && !confirmed(confirmation))
    return batch_event::lost;
  if (record->counted_before)
    ++shared_.statistics.resolved_by_record;
  shared_.statistics.visits.observe(static_cast<std::uint64_t>(visits_.size()));
  shared_.marks.end_counted(*std::exchange(ticket_, std::nullopt), visits_.parts(), record->epoch);
  return batch_event::counted;
}

// A fail-over may lose a batch that too few replicas have. So it is in doubt, as if its reply was
// lost: the next connection is ready only with enough replicas, and the batch is sent again there.
bool batch_writer::confirmed(const redis_reply& confirmation)
{
  if (confirmation.type == redis_reply::kind::none)
    return false; // the connection is lost
  const auto missing = find_missing_replicas(confirmation, shared_.settings);
  if (!missing)
    return true;
  ++shared_.statistics.unconfirmed;
  shared_.connection.reconnect(*missing);
  return false;
}

void batch_writer::apply(batch_event event)
{
  const auto outcome = batch_.handle(event);
  if (outcome == batch_outcome::pending)
    return;
  if (ticket_)
    shared_.marks.end(*std::exchange(ticket_, std::nullopt));
  switch (outcome) {
  case batch_outcome::counted:
    return complete_batch();
  case batch_outcome::retry:
    return visits_.requeue(shared_.waiting);
  case batch_outcome::temporary_failure:
    return visits_.fail(errc::temporary_failure);
  case batch_outcome::permanent_failure:
    return visits_.fail(errc::permanent_failure);
  case batch_outcome::unknown:
    return visits_.fail(errc::outcome_unknown);
  case batch_outcome::pending:
    break;
  }
}

void batch_writer::complete_batch()
{
  if (visits_.settle(shared_.waiting) != 0)
    shared_.statistics.permanent_error.clear();
  shared_.statistics.repeated_visits.add(
      static_cast<std::uint64_t>(std::ranges::count_if(visits_.keyed(), &keyed_visit::repetition)));
  for (const batch_part& part : visits_.parts())
    if (!part.error.empty() && !overflows(part) && !exceeds_limit(part))
      report_error(part);
}

} // namespace tally
