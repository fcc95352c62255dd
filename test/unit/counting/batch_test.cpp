#include "catch.hpp"

#include <tally/counting/batch.hpp>

using tally::batch;
using event = tally::batch_event;
using outcome = tally::batch_outcome;
using state = tally::batch_state;

namespace {

// The second batch of a writer whose first was counted, led to this state.
batch second_in(state wanted)
{
  batch it{"writer"};
  it.begin(1);
  it.on(event::sent);
  it.on(event::counted);
  if (wanted == state::idle)
    return it;
  it.begin(2);
  if (wanted == state::queued)
    return it;
  it.on(event::sent);
  if (wanted == state::in_flight)
    return it;
  it.on(event::lost);
  if (wanted == state::in_doubt)
    return it;
  it.on(event::sent);
  return it;
}

struct transition {
  state from;
  event on;
  state to;
  outcome result;
  bool unsettled;
};

// Those that can happen: a batch that was not sent has no reply, nor has one whose reply was lost.
constexpr transition transitions[] = {
    {state::queued, event::sent, state::in_flight, outcome::pending, true},
    {state::queued, event::given_up, state::idle, outcome::retry, false},

    {state::in_flight, event::lost, state::in_doubt, outcome::pending, true},
    {state::in_flight, event::counted, state::idle, outcome::counted, false},
    {state::in_flight, event::script_missing, state::idle, outcome::retry, false},
    {state::in_flight, event::not_applied, state::idle, outcome::retry, false},
    {state::in_flight, event::refused, state::idle, outcome::temporary_failure, false},
    {state::in_flight, event::rejected, state::idle, outcome::permanent_failure, false},
    {state::in_flight, event::given_up, state::idle, outcome::unknown, true},

    {state::in_doubt, event::sent, state::resent, outcome::pending, true},
    {state::in_doubt, event::given_up, state::idle, outcome::unknown, true},

    {state::resent, event::lost, state::in_doubt, outcome::pending, true},
    {state::resent, event::counted, state::idle, outcome::counted, false},
    {state::resent, event::script_missing, state::in_doubt, outcome::pending, true},
    {state::resent, event::not_applied, state::idle, outcome::unknown, true},
    {state::resent, event::refused, state::idle, outcome::unknown, true},
    {state::resent, event::rejected, state::idle, outcome::unknown, true},
    {state::resent, event::given_up, state::idle, outcome::unknown, true},
};

} // namespace

TEST_CASE("each event leads a batch to its state and outcome", "[batch]")
{
  for (const transition& each : transitions) {
    CAPTURE(static_cast<int>(each.from), static_cast<int>(each.on));
    batch it = second_in(each.from);
    REQUIRE(it.state() == each.from);
    CHECK(it.on(each.on) == each.result);
    CHECK(it.state() == each.to);
    CHECK(it.unsettled() == each.unsettled);
    CHECK(it.predecessor() == (each.to == state::in_doubt ? 1 : -1));
    CHECK(it.sequence() == 2);
  }
}

TEST_CASE("a batch may be applied from the time it is sent to its outcome", "[batch]")
{
  CHECK_FALSE(second_in(state::idle).may_be_applied());
  CHECK_FALSE(second_in(state::queued).may_be_applied());
  CHECK(second_in(state::in_flight).may_be_applied());
  CHECK(second_in(state::in_doubt).may_be_applied());
  CHECK(second_in(state::resent).may_be_applied());
}

TEST_CASE("a batch that is sent again asks for the last that was counted", "[batch]")
{
  batch it{"writer"};
  it.begin(1);
  it.on(event::sent);
  it.on(event::refused); // 1 is not in the record
  it.begin(2);
  CHECK(it.sequence() == 2);
  CHECK(it.predecessor() == -1);
  it.on(event::sent);
  it.on(event::lost);
  CHECK(it.predecessor() == 0);
  it.on(event::sent);
  it.on(event::counted);
  it.begin(3);
  it.on(event::sent);
  it.on(event::lost);
  CHECK(it.predecessor() == 2);
}

TEST_CASE("a writer is unsettled until a batch is counted after one that was given up", "[batch]")
{
  batch it = second_in(state::in_doubt);
  it.on(event::given_up);
  it.begin(3);
  CHECK(it.unsettled());
  it.on(event::sent);
  it.on(event::refused);
  CHECK(it.unsettled());
  it.begin(4);
  it.on(event::sent);
  it.on(event::counted);
  CHECK_FALSE(it.unsettled());
}

TEST_CASE("a renamed writer begins anew", "[batch]")
{
  batch it = second_in(state::idle);
  it.rename("another");
  CHECK(it.writer() == "another");
  it.begin(3);
  CHECK(it.sequence() == 3);
  it.on(event::sent);
  it.on(event::lost);
  CHECK(it.predecessor() == 0);
}
