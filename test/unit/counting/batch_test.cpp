#include "catch.hpp"

#include <tally/counting/batch.hpp>

using tally::batch;
using event = tally::batch_event;
using outcome = tally::batch_outcome;
using state = tally::batch_state;

namespace {

// The second batch of a writer, in this state; the first was counted.
batch second_in(state wanted)
{
  batch it{"writer"};
  it.begin(1);
  it.handle(event::sent);
  it.handle(event::counted);
  if (wanted == state::idle)
    return it;
  it.begin(2);
  if (wanted == state::queued)
    return it;
  it.handle(event::sent);
  if (wanted == state::in_flight)
    return it;
  it.handle(event::lost);
  if (wanted == state::in_doubt)
    return it;
  it.handle(event::sent);
  return it;
}

struct transition {
  state before;
  event input;
  state after;
  outcome result;
  bool id_in_use;
};

// All that can happen: no reply comes before a batch is sent, or after its reply was lost.
constexpr transition transitions[] = {
    {state::queued, event::sent, state::in_flight, outcome::pending, true},
    {state::queued, event::given_up, state::idle, outcome::retry, false},

    {state::in_flight, event::lost, state::in_doubt, outcome::pending, true},
    {state::in_flight, event::counted, state::idle, outcome::counted, false},
    {state::in_flight, event::not_executed, state::idle, outcome::retry, false},
    {state::in_flight, event::not_applied, state::idle, outcome::retry, false},
    {state::in_flight, event::temporary_failure, state::idle, outcome::temporary_failure, false},
    {state::in_flight, event::permanent_failure, state::idle, outcome::permanent_failure, false},
    {state::in_flight, event::given_up, state::idle, outcome::unknown, true},

    {state::in_doubt, event::sent, state::resent, outcome::pending, true},
    {state::in_doubt, event::given_up, state::idle, outcome::unknown, true},

    {state::resent, event::lost, state::in_doubt, outcome::pending, true},
    {state::resent, event::counted, state::idle, outcome::counted, false},
    {state::resent, event::not_executed, state::in_doubt, outcome::pending, true},
    {state::resent, event::not_applied, state::idle, outcome::unknown, true},
    {state::resent, event::temporary_failure, state::idle, outcome::unknown, true},
    {state::resent, event::permanent_failure, state::idle, outcome::unknown, true},
    {state::resent, event::given_up, state::idle, outcome::unknown, true},
};

} // namespace

TEST_CASE("each event moves a batch to the right state and outcome", "[batch]")
{
  for (const transition& each : transitions) {
    CAPTURE(static_cast<int>(each.before), static_cast<int>(each.input));
    batch it = second_in(each.before);
    REQUIRE(it.state() == each.before);
    CHECK(it.handle(each.input) == each.result);
    CHECK(it.state() == each.after);
    CHECK(it.id_in_use() == each.id_in_use);
    CHECK(it.predecessor() == (each.after == state::in_doubt ? 1 : -1));
    CHECK(it.sequence() == 2);
  }
}

TEST_CASE("a batch is outstanding from the time it is sent until it has an outcome", "[batch]")
{
  CHECK_FALSE(second_in(state::idle).outstanding());
  CHECK_FALSE(second_in(state::queued).outstanding());
  CHECK(second_in(state::in_flight).outstanding());
  CHECK(second_in(state::in_doubt).outstanding());
  CHECK(second_in(state::resent).outstanding());
}

TEST_CASE("a batch that is sent again requires the last counted batch in the record", "[batch]")
{
  batch it{"writer"};
  it.begin(1);
  it.handle(event::sent);
  it.handle(event::temporary_failure); // 1 is not in the record
  it.begin(2);
  CHECK(it.sequence() == 2);
  CHECK(it.predecessor() == -1);
  it.handle(event::sent);
  it.handle(event::lost);
  CHECK(it.predecessor() == 0);
  it.handle(event::sent);
  it.handle(event::counted);
  it.begin(3);
  it.handle(event::sent);
  it.handle(event::lost);
  CHECK(it.predecessor() == 2);
}

TEST_CASE("after a batch was given up, the id stays in use until a batch is counted", "[batch]")
{
  batch it = second_in(state::in_doubt);
  it.handle(event::given_up);
  it.begin(3);
  CHECK(it.id_in_use());
  it.handle(event::sent);
  it.handle(event::temporary_failure);
  CHECK(it.id_in_use());
  it.begin(4);
  it.handle(event::sent);
  it.handle(event::counted);
  CHECK_FALSE(it.id_in_use());
}

TEST_CASE("a renamed writer has the record of batch 0", "[batch]")
{
  batch it = second_in(state::idle);
  it.rename("another");
  CHECK(it.writer() == "another");
  it.begin(3);
  CHECK(it.sequence() == 3);
  it.handle(event::sent);
  it.handle(event::lost);
  CHECK(it.predecessor() == 0);
}
