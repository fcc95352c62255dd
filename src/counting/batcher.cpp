#include "counting/count_call.hpp"
#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/counting/batcher.hpp>
#include <tally/redis/replicas.hpp>

#include <algorithm>

namespace tally {

batcher::batcher(event_loop& loop, redis_connection& connection, high_water_marks& marks,
                 batch_statistics& statistics, const redis_settings& settings)
    : loop_{loop}, shared_{connection, marks, statistics, [this] { loop_.defer(*this); }, settings},
      writers_{{batch_writer{shared_}, batch_writer{shared_}, batch_writer{shared_},
                batch_writer{shared_}}}
{
  if (settings.replicas != 0)
    shared_.wait_command = wait_for_replicas(settings);
}

void batcher::add(pending_total& visit)
{
  shared_.waiting.push_back(visit);
  loop_.defer(*this);
}

void batcher::on_turn_end()
{
  for (batch_writer* const writer : busy_)
    writer->advance();
  busy_.erase(std::remove_if(busy_.begin(), busy_.end(),
                             [](const batch_writer* writer) { return writer->idle(); }),
              busy_.end());
  const auto state = shared_.connection.state();
  if (state == redis_state::unreachable || state == redis_state::stopped)
    fail_all(shared_.waiting, errc::unavailable);
  if (state != redis_state::ready)
    return;
  // Resend one batch at a time, so that a connection that is soon lost again settles some of them.
  if (!busy_.empty() && busy_.front()->in_doubt())
    if (busy_.front()->send())
      ++shared_.statistics.resends;
  send_new();
}

// While a batch is in doubt, no new one is sent: if the connection was lost again, more batches
// would be in doubt.
void batcher::send_new()
{
  const bool in_doubt = std::ranges::any_of(busy_, [](const batch_writer* writer) {
    return writer->current_batch().state() != batch_state::in_flight;
  });
  while (!in_doubt && !shared_.waiting.empty()) {
    batch_writer* const writer = next_idle_writer();
    if (!writer || !writer->make_batch())
      return;
    if (!writer->send())
      return writer->cancel();
    busy_.push_back(writer);
  }
}

// The idle writer whose last batch is the oldest. All writers are used in turn, so that no record
// expires while visits are counted.
batch_writer* batcher::next_idle_writer()
{
  batch_writer* next = nullptr;
  for (batch_writer& writer : writers_)
    if (writer.idle() &&
        (!next || writer.current_batch().sequence() < next->current_batch().sequence()))
      next = &writer;
  return next;
}

std::vector<redis_command> batcher::setup_commands()
{
  std::vector<redis_command> commands{{"SCRIPT", "LOAD", count_script::text}};
  for (batch_writer& writer : writers_)
    if (auto command = writer.rename())
      commands.push_back(std::move(*command));
  if (commands.size() == 1)
    commands.push_back(probe_command(keys::probe(writers_.front().current_batch().writer())));
  if (shared_.settings.replicas != 0)
    commands.push_back(shared_.wait_command);
  return commands;
}

redis_command batcher::probe_command(std::string_view key) const
{
  return probe(key, keys::probe(writers_.front().current_batch().writer()),
               std::chrono::milliseconds{1});
}

} // namespace tally
