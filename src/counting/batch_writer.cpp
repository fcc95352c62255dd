#include "counting/count_call.hpp"
#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/base/random_id.hpp>
#include <tally/base/text.hpp>
#include <tally/counting/batch_writer.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <array>
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

batch_writer::batch_writer(shared& worker)
    : shared_{worker}, protocol_{random_id()}, record_{keys::record(protocol_.writer())}
{
}

std::optional<redis_command> batch_writer::rename()
{
  if (protocol_.unsettled())
    return std::nullopt;
  protocol_.rename(random_id());
  record_ = keys::record(protocol_.writer());
  return probe(record_, record_, record_ttl);
}

void batch_writer::on_reply(redis_reply reply)
{
  reply_ = std::move(reply);
  shared_.on_reply();
}

void batch_writer::advance()
{
  if (const auto reply = std::exchange(reply_, std::nullopt))
    apply(handle_reply(*reply));
  if (in_doubt() && must_give_up())
    apply(batch_event::given_up);
}

bool batch_writer::make_batch()
{
  visits_.take(shared_.waiting, protocol_);
  ticket_ = shared_.marks.begin(visits_.parts());
  if (!ticket_) {
    visits_.put_back(shared_.waiting);
    return false;
  }
  protocol_.begin(++shared_.sequence);
  made_ = clock::now();
  return true;
}

bool batch_writer::must_give_up() const
{
  return visits_.pending() == 0 || shared_.connection.condition() == redis_condition::stopped ||
         clock::now() - made_ > record_ttl / 2;
}

bool batch_writer::send()
{
  if (in_doubt())
    shared_.marks.refresh(*ticket_, visits_.parts());
  write_call(shared_.command,
             {.record = record_,
              .sequence = protocol_.sequence(),
              .predecessor = protocol_.predecessor(),
              .epoch = ticket_->epoch,
              .raise = ticket_->raise},
             visits_.parts());
  if (!shared_.connection.send(shared_.command.bytes(), *this))
    return false;
  protocol_.on(batch_event::sent);
  return true;
}

batch_event batch_writer::handle_reply(const redis_reply& reply)
{
  if (reply.type == redis_reply::kind::none)
    return batch_event::lost;
  if (reply.type == redis_reply::kind::error)
    return handle_error(reply.text);
  const auto record = reply.type == redis_reply::kind::text
                          ? parse_record(reply.text, visits_.parts())
                          : std::nullopt;
  if (!record || record->sequence != protocol_.sequence()) {
    shared_.connection.drop("an answer to something else");
    return batch_event::lost;
  }
  shared_.statistics.by_record += record->counted_before;
  ++shared_.statistics.batches;
  shared_.statistics.largest =
      std::max(shared_.statistics.largest, static_cast<std::uint64_t>(visits_.size()));
  shared_.marks.counted(*std::exchange(ticket_, std::nullopt), visits_.parts(), record->epoch);
  return batch_event::counted;
}

batch_event batch_writer::handle_error(std::string_view error)
{
  if (const auto rollback = parse_below(error)) {
    if (rollback->index < visits_.parts().size())
      shared_.marks.rolled_back(visits_.parts()[rollback->index], rollback->found);
    return batch_event::not_applied;
  }
  if (error.starts_with(count_script::unproven)) {
    shared_.connection.report(error);
    return batch_event::refused;
  }
  // The commands that set up the next connection load the script, or show that nothing can be
  // counted here.
  if (error.starts_with("NOSCRIPT")) {
    shared_.connection.drop(error);
    return batch_event::script_missing;
  }
  if (!is_lasting(error)) {
    shared_.connection.drop(error);
    return batch_event::refused;
  }
  report_lasting(error);
  return batch_event::rejected;
}

void batch_writer::apply(batch_event event)
{
  const auto outcome = protocol_.on(event);
  if (outcome == batch_outcome::pending)
    return;
  if (ticket_)
    shared_.marks.end(*std::exchange(ticket_, std::nullopt));
  switch (outcome) {
  case batch_outcome::counted:
    return hand_out();
  case batch_outcome::retry:
    return visits_.put_back(shared_.waiting);
  case batch_outcome::temporary_failure:
    return visits_.fail(errc::refused);
  case batch_outcome::permanent_failure:
    return visits_.fail(errc::rejected);
  case batch_outcome::unknown:
    shared_.statistics.unknown += visits_.pending();
    return visits_.fail(errc::unknown);
  case batch_outcome::pending:
    break;
  }
}

void batch_writer::hand_out()
{
  const std::int64_t counted = visits_.settle(shared_.waiting);
  shared_.statistics.visits += static_cast<std::uint64_t>(counted);
  if (counted != 0)
    shared_.statistics.lasting_error.clear();
  for (const batch_part& part : visits_.parts())
    if (!part.total && !overflows(part))
      report_lasting(part.error);
}

void batch_writer::report_lasting(std::string_view error)
{
  shared_.statistics.lasting_error = printable(error);
  shared_.connection.report(error);
}

} // namespace tally
