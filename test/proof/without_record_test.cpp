#include "crowd.hpp"
#include "proof.hpp"
#include "text.hpp"

using namespace tally::test;

// The same as "every visit is counted once while replies are cut after the command", with an
// executable whose script keeps no record.
TEST_CASE("the proof fails when batches are not idempotent", "[proof]")
{
  redis_server redis;
  fault_proxy proxy{redis.port()};
  tally_process tally{pointing_at(proxy, patient())};
  wait_until_ready(tally);
  proxy.every(4, {fault::kind::cut_after});
  history answers;
  crowd{{tally.port()}, answers, 16, 60}.wait();
  INFO(answers.summary());
  CHECK(answers.count(200) == 16 * 60);
  REQUIRE(proxy.faults() > 0);
  const auto wrong = complaints(answers.answers(), redis.visits());
  REQUIRE(wrong.size() == 1);
  CHECK(contains(wrong.front(), "is too large"));
}
