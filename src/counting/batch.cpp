#include <tally/counting/batch.hpp>

#include <cassert>
#include <utility>

namespace tally {
namespace {

struct step {
  batch_state state;
  batch_outcome outcome;
};

constexpr step pending(batch_state state)
{
  return {state, batch_outcome::pending};
}

constexpr step end(batch_outcome outcome)
{
  return {batch_state::idle, outcome};
}

// With a copy lost, an error shows only that this copy was not applied.
constexpr step next(batch_state state, batch_event event)
{
  const bool doubt = state == batch_state::in_doubt || state == batch_state::resent;
  switch (event) {
  case batch_event::sent:
    return pending(doubt ? batch_state::resent : batch_state::in_flight);
  case batch_event::lost:
    return pending(batch_state::in_doubt);
  case batch_event::counted:
    return end(batch_outcome::counted);
  case batch_event::script_missing:
    return doubt ? pending(batch_state::in_doubt) : end(batch_outcome::retry);
  case batch_event::not_applied:
    return end(doubt ? batch_outcome::unknown : batch_outcome::retry);
  case batch_event::refused:
    return end(doubt ? batch_outcome::unknown : batch_outcome::temporary_failure);
  case batch_event::rejected:
    return end(doubt ? batch_outcome::unknown : batch_outcome::permanent_failure);
  case batch_event::given_up:
    return end(state == batch_state::queued ? batch_outcome::retry : batch_outcome::unknown);
  }
  return pending(state);
}

} // namespace

std::int64_t batch::predecessor() const
{
  return state_ == batch_state::in_doubt ? recorded_ : -1;
}

void batch::rename(std::string writer)
{
  assert(!unsettled());
  writer_ = std::move(writer);
  recorded_ = 0;
}

void batch::begin(std::int64_t sequence)
{
  assert(state_ == batch_state::idle);
  assert(sequence > sequence_);
  sequence_ = sequence;
  state_ = batch_state::queued;
}

batch_outcome batch::on(batch_event event)
{
  assert(state_ != batch_state::idle);
  const step step = next(state_, event);
  state_ = step.state;
  if (step.outcome == batch_outcome::counted) {
    recorded_ = sequence_;
    abandoned_ = false;
  }
  abandoned_ = abandoned_ || step.outcome == batch_outcome::unknown;
  return step.outcome;
}

} // namespace tally
