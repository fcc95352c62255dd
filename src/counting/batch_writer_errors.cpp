#include "counting/count_call.hpp"
#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <tally/base/text.hpp>
#include <tally/counting/batch_writer.hpp>
#include <tally/redis/reply.hpp>

namespace tally {

batch_event batch_writer::handle_error(std::string_view error)
{
  if (const auto rollback = parse_below(error)) {
    if (rollback->index < visits_.parts().size())
      shared_.marks.report_rollback(visits_.parts()[rollback->index], rollback->total);
    return batch_event::not_applied;
  }
  if (error.starts_with(count_script::unproven_prefix)) {
    shared_.connection.log_error_reply(error);
    return batch_event::temporary_failure;
  }
  // The setup commands of the next connection load the script, or fail if that Redis cannot count.
  if (may_run_elsewhere(error)) {
    shared_.connection.reconnect(error);
    return batch_event::not_executed;
  }
  if (may_run_later(error)) {
    shared_.connection.hold(error);
    return batch_event::not_executed;
  }
  if (!is_permanent_error(error)) {
    shared_.connection.reconnect(error);
    return batch_event::temporary_failure;
  }
  report_permanent_error(error);
  return batch_event::permanent_failure;
}

// The error of one named counter does not show whether others can count; a probe does.
void batch_writer::report_error(const batch_part& part)
{
  if (part.key == default_counter)
    return report_permanent_error(part.error);
  shared_.connection.log_error_reply(part.error);
  shared_.statistics.probe_due = true;
}

void batch_writer::report_permanent_error(std::string_view error)
{
  shared_.statistics.permanent_error = printable(error);
  shared_.connection.log_error_reply(error);
}

} // namespace tally
