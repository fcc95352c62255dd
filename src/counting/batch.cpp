#include <tally/counting/batch.hpp>

#include <cassert>
#include <utility>

namespace tally {
namespace {

struct transition {
  batch_state state;
  batch_outcome outcome;
};

constexpr transition pending(batch_state state)
{
  return {state, batch_outcome::pending};
}

constexpr transition end(batch_outcome outcome)
{
  return {batch_state::idle, outcome};
}

// After a lost reply, an error proves only that the copy it replies to was not applied.
constexpr transition next(batch_state state, batch_event event)
{
  const bool in_doubt = state == batch_state::in_doubt || state == batch_state::resent;
  switch (event) {
  case batch_event::sent:
    return pending(in_doubt ? batch_state::resent : batch_state::in_flight);
  case batch_event::lost:
    return pending(batch_state::in_doubt);
  case batch_event::counted:
    return end(batch_outcome::counted);
  case batch_event::not_executed:
    return in_doubt ? pending(batch_state::in_doubt) : end(batch_outcome::retry);
  case batch_event::not_applied:
    return end(in_doubt ? batch_outcome::unknown : batch_outcome::retry);
  case batch_event::temporary_failure:
    return end(in_doubt ? batch_outcome::unknown : batch_outcome::temporary_failure);
  case batch_event::permanent_failure:
    return end(in_doubt ? batch_outcome::unknown : batch_outcome::permanent_failure);
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
  assert(!id_in_use());
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

batch_outcome batch::handle(batch_event event)
{
  assert(state_ != batch_state::idle);
  const transition following = next(state_, event);
  state_ = following.state;
  if (following.outcome == batch_outcome::counted) {
    recorded_ = sequence_;
    abandoned_ = false;
  }
  abandoned_ = abandoned_ || following.outcome == batch_outcome::unknown;
  return following.outcome;
}

} // namespace tally
