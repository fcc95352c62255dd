#include "catch.hpp"

#include <tally/redis/reply.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

TEST_CASE("a total is a decimal integer of 64 bits and nothing else", "[redis_reply]")
{
  using limits = std::numeric_limits<std::int64_t>;
  CHECK(tally::parse_total("0").value() == 0);
  CHECK(tally::parse_total("-12").value() == -12);
  CHECK(tally::parse_total("9223372036854775807").value() == limits::max());
  CHECK(tally::parse_total("-9223372036854775808").value() == limits::min());
  for (const std::string_view text :
       {"", " 1", "1 ", "+1", "1.0", "0x1", "one", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(tally::parse_total(text).has_value());
  }
}

TEST_CASE("only errors that every retry would get are permanent", "[redis_reply]")
{
  for (const std::string_view error :
       {"WRONGTYPE Operation against a key holding the wrong kind of value",
        "ERR value is not an integer or out of range", "ERR increment or decrement would overflow",
        "NOPERM this user has no permissions to run the 'incrby' command",
        "ERR The user executing the script can't run this command or subcommand",
        "ERR ACL failure in script: No permissions to access a key"}) {
    CAPTURE(error);
    CHECK(tally::is_permanent_error(error));
  }
  for (const std::string_view error :
       {"OOM command not allowed when used memory > 'maxmemory'.",
        "LOADING Redis is loading the dataset in memory",
        "READONLY You can't write against a read only replica.",
        "MISCONF Redis is configured to save RDB snapshots", "NOSCRIPT No matching script.", ""}) {
    CAPTURE(error);
    CHECK_FALSE(tally::is_permanent_error(error));
  }
}

TEST_CASE("another connection, or a later time, may help after some errors", "[redis_reply]")
{
  for (const std::string_view error :
       {"NOSCRIPT No matching script.", "READONLY You can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory", "MOVED 5458 127.0.0.1:7001",
        "MASTERDOWN Link with MASTER is down", "CLUSTERDOWN The cluster is down"}) {
    CAPTURE(error);
    CHECK(tally::may_run_elsewhere(error));
    CHECK_FALSE(tally::may_run_later(error));
  }
  for (const std::string_view error :
       {"TRYAGAIN Multiple keys request during rehashing of slot", "ASK 5458 127.0.0.1:7001"}) {
    CAPTURE(error);
    CHECK(tally::may_run_later(error));
    CHECK_FALSE(tally::may_run_elsewhere(error));
  }
  for (const std::string_view error :
       {"OOM command not allowed", "MOVEDX", "ASKING", "ERR MOVED", ""}) {
    CAPTURE(error);
    CHECK_FALSE(tally::may_run_elsewhere(error));
    CHECK_FALSE(tally::may_run_later(error));
  }
}

TEST_CASE("a field is found in the reply to INFO", "[redis]")
{
  constexpr std::string_view info =
      "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\nempty:\r\nlast:1:2";
  CHECK(tally::info_field(info, "maxmemory") == "0");
  CHECK(tally::info_field(info, "maxmemory_policy") == "noeviction");
  CHECK(tally::info_field(info, "last") == "1:2");
  CHECK(tally::info_field(info, "empty").empty());
  CHECK(tally::info_field(info, "policy").empty());
  CHECK(tally::info_field("", "maxmemory").empty());
}
