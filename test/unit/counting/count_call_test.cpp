#include "catch.hpp"
#include "counting/count_call.hpp"
#include "counting/count_script.hpp"
#include "counting/keys.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using tally::batch_part;
using tally::count_script;
using tally::keyed_visit;
using tally::parse_below;
using tally::parse_record;
using tally::redis_command;
using namespace std::chrono_literals;

namespace {

std::vector<batch_part> two_parts()
{
  return {batch_part{.key = "visits", .visits = 1}, batch_part{.key = "{visits}:a", .visits = 2}};
}

} // namespace

TEST_CASE("a call has the keys and arguments of the script in their order", "[count_call]")
{
  const std::array parts{batch_part{.key = "visits", .visits = 3, .mark = 7},
                         batch_part{.key = "{visits}:a", .visits = 1}};
  redis_command command{"PING"};
  tally::write_call(command,
                    {.record = "record",
                     .sequence = 5,
                     .ttl = 60s,
                     .predecessor = 4,
                     .epoch = 2,
                     .raise = true,
                     .max_counters = 9},
                    parts);
  const redis_command expected{"EVALSHA",
                               count_script::sha1,
                               "5",
                               "record",
                               tally::keys::epoch,
                               tally::keys::names,
                               "visits",
                               "{visits}:a",
                               "5",
                               "60000",
                               "4",
                               "2",
                               "raise",
                               "9",
                               "3",
                               "7",
                               "1",
                               "0"};
  CHECK(command.bytes() == expected.bytes());
}

TEST_CASE("a call asks to raise counters, to write the record again, or both", "[count_call]")
{
  const std::array parts{batch_part{.key = "visits"}};
  for (const bool raise : {false, true}) {
    redis_command command;
    tally::write_call(command, {.record = "record", .raise = raise, .rewrite = true}, parts);
    const auto bytes = command.bytes();
    CHECK(bytes.find(raise ? "$13\r\nraise rewrite\r\n" : "$7\r\nrewrite\r\n") != bytes.npos);
  }
}

TEST_CASE("a call asks for no predecessor, no raise and a record of one day by default",
          "[count_call]")
{
  const std::array parts{batch_part{.key = "visits"}};
  redis_command command;
  tally::write_call(command, {.record = "record"}, parts);
  const redis_command expected{"EVALSHA",
                               count_script::sha1,
                               "4",
                               "record",
                               tally::keys::epoch,
                               tally::keys::names,
                               "visits",
                               "0",
                               "86400000",
                               "-1",
                               "0",
                               "",
                               "0",
                               "0",
                               "0"};
  CHECK(command.bytes() == expected.bytes());
}

TEST_CASE("idempotency keys follow the counters, and their parts follow the marks", "[count_call]")
{
  const std::array parts{batch_part{.key = "visits", .visits = 3, .mark = 7, .keyed_visits = 1},
                         batch_part{.key = "{visits}:a", .keyed_visits = 1}};
  const std::array keyed{keyed_visit{tally::keys::visit("x"), 1},
                         keyed_visit{tally::keys::visit("y"), 0}};
  redis_command command;
  tally::write_call(command, {.record = "record", .sequence = 5, .key_ttl = 600s}, parts, keyed);
  const redis_command expected{"EVALSHA",
                               count_script::sha1,
                               "7",
                               "record",
                               tally::keys::epoch,
                               tally::keys::names,
                               "visits",
                               "{visits}:a",
                               "{visits}:.key:x",
                               "{visits}:.key:y",
                               "5",
                               "86400000 600000",
                               "-1",
                               "0",
                               "",
                               "0",
                               "3",
                               "7",
                               "0",
                               "0",
                               "1",
                               "0"};
  CHECK(command.bytes() == expected.bytes());
}

TEST_CASE("a record sets the number of each visit with an idempotency key", "[count_call]")
{
  std::vector<batch_part> parts = two_parts();
  std::vector<keyed_visit> keyed{{"", 0}, {"", 1}, {"", 1}, {"", 0}};
  REQUIRE(parse_record("7 2 12\n-30\n12-1\n=-30-3\n!\n=9223372036854775807-0", parts, keyed));
  CHECK(parts[0].total.value() == 12);
  CHECK(keyed[0].number.value() == 11);
  CHECK_FALSE(keyed[0].repetition);
  CHECK(keyed[1].number.value() == -33);
  CHECK(keyed[1].repetition);
  CHECK_FALSE(keyed[2].number.has_value());
  CHECK(keyed[2].conflict);
  CHECK(keyed[3].number.value() == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(keyed[3].conflict);
}

TEST_CASE("a part of repetitions alone needs no total, and a part with an error gives no number",
          "[count_call]")
{
  std::vector<batch_part> parts{batch_part{.key = "visits", .keyed_visits = 1},
                                batch_part{.key = "{visits}:a", .visits = 1, .keyed_visits = 1}};
  std::vector<keyed_visit> keyed{{"", 0}, {"", 1}};
  REQUIRE(parse_record("7 2 -\n!LIMIT\n=5-1\n-", parts, keyed));
  CHECK_FALSE(parts[0].total.has_value());
  CHECK(parts[0].error.empty());
  CHECK(keyed[0].number.value() == 4);
  CHECK_FALSE(keyed[1].number.has_value());
  CHECK_FALSE(keyed[1].conflict);
  CHECK(parts[1].error == "LIMIT");
}

TEST_CASE("text that is not a record of these visits is rejected", "[count_call]")
{
  constexpr std::string_view malformed[] = {
      "7 2 12", // a line is missing
      "7 2 12\n",
      "7 2 12\n12-0\n5",
      "7 2 12\n-",   // no result, but its part has one
      "7 2 -\n12-0", // no total, but a visit without a key
      "7 2 12\n12",
      "7 2 12\n12-",
      "7 2 12\n-1",
      "7 2 12\n12--1",
      "7 2 12\n=",
      "7 2 12\n==12-1",
      "7 2 12\n!x",
      "7 2 12\n12-x",
      "7 2 12\n-9223372036854775808-1",
      "7 2 12\n9223372036854775808-1",
  };
  for (const std::string_view text : malformed) {
    CAPTURE(text);
    std::vector<batch_part> parts{batch_part{.key = "visits", .visits = 1, .keyed_visits = 1}};
    std::vector<keyed_visit> keyed{{"", 0}};
    CHECK_FALSE(parse_record(text, parts, keyed).has_value());
  }
}

TEST_CASE("a record sets the total of each part", "[count_call]")
{
  std::vector<batch_part> parts = two_parts();
  const auto record = parse_record("7 2 12\n-30", parts);
  REQUIRE(record.has_value());
  CHECK(record->sequence == 7);
  CHECK(record->epoch == 2);
  CHECK_FALSE(record->counted_before);
  CHECK(parts[0].total.value() == 12);
  CHECK(parts[1].total.value() == -30);
  CHECK(parts[0].error.empty());
  CHECK(parts[1].error.empty());
}

TEST_CASE("the prefix of a record shows that an earlier copy of the batch was counted",
          "[count_call]")
{
  std::vector<batch_part> parts = two_parts();
  const auto record = parse_record("=7 0 12\n30", parts);
  REQUIRE(record.has_value());
  CHECK(record->counted_before);
  CHECK(record->sequence == 7);
  CHECK(parts[1].total.value() == 30);
}

TEST_CASE("a part has an error instead of a total if its counter was not counted", "[count_call]")
{
  std::vector<batch_part> parts = two_parts();
  parts[0].total = 1; // of an earlier reply
  parts[1].error = "an earlier error";
  const auto record = parse_record("7 0 !WRONGTYPE Operation against a key\n30", parts);
  REQUIRE(record.has_value());
  CHECK_FALSE(parts[0].total.has_value());
  CHECK(parts[0].error == "WRONGTYPE Operation against a key");
  CHECK(parts[1].total.value() == 30);
  CHECK(parts[1].error.empty());

  const auto second = parse_record("8 0 12\n!ERR increment or decrement would overflow", parts);
  REQUIRE(second.has_value());
  CHECK(parts[0].total.value() == 12);
  CHECK(parts[0].error.empty());
  CHECK_FALSE(parts[1].total.has_value());
  CHECK(parts[1].error == "ERR increment or decrement would overflow");
}

TEST_CASE("text that is not a record of these parts is rejected", "[count_call]")
{
  constexpr std::string_view malformed[] = {
      "",
      "=",
      "7",
      "7 2",
      "7 2 ",
      "7 2 12",         // a line is missing
      "7 2 12\n",       // a line is empty
      "7 2 12\n30\n31", // a line too many
      "7 2 12\n!",      // an error without text
      "7 2 12\nx",      // neither a number nor an error
      "7 2 12 \n30",    // a space after the number
      "7 2 12\n30.5",   // not an integer
      "7 2 +12\n30",    // a sign that Redis does not write
      "x 2 12\n30",     // no sequence number
      " 2 12\n30",
      "7 x 12\n30", // no epoch
      "7  12\n30",
      "==7 2 12\n30", // a prefix too many
      "7 2 12\n9223372036854775808",
      "9223372036854775808 2 12\n30",
      "OK",
  };
  for (const std::string_view text : malformed) {
    CAPTURE(text);
    std::vector<batch_part> parts = two_parts();
    CHECK_FALSE(parse_record(text, parts).has_value());
  }
}

TEST_CASE("a total covers the whole range of 64 bits, less the visits of its part", "[count_call]")
{
  using limits = std::numeric_limits<std::int64_t>;
  std::vector<batch_part> parts{batch_part{.key = "visits", .visits = 2}};
  CHECK(parse_record("7 0 " + std::to_string(limits::max()), parts).has_value());
  CHECK(parts[0].total.value() == limits::max());
  CHECK(parse_record("7 0 " + std::to_string(limits::min() + 2), parts).has_value());
  CHECK(parts[0].total.value() == limits::min() + 2);
  CHECK_FALSE(parse_record("7 0 " + std::to_string(limits::min() + 1), parts).has_value());
}

TEST_CASE("a BELOW error names the part and the total of its counter", "[count_call]")
{
  const auto rollback = parse_below("BELOW 2 41");
  REQUIRE(rollback.has_value());
  CHECK(rollback->index == 2);
  CHECK(rollback->total == 41);
  const auto negative = parse_below("BELOW 0 -5");
  REQUIRE(negative.has_value());
  CHECK(negative->index == 0);
  CHECK(negative->total == -5);
}

TEST_CASE("text that is not a BELOW error is rejected", "[count_call]")
{
  constexpr std::string_view malformed[] = {
      "",          "BELOW",      "BELOW ",    "BELOW 2",   "BELOW 2 ",
      "BELOW  4",  "BELOW -1 4", "BELOW x 4", "BELOW 1 x", "BELOW 1 4 5",
      "below 1 4", " BELOW 1 4", "STALE 1 4", "BELOW1 4",  "ERR BELOW 1 4",
  };
  for (const std::string_view text : malformed) {
    CAPTURE(text);
    CHECK_FALSE(parse_below(text).has_value());
  }
}
