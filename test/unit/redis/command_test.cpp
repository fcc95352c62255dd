#include "catch.hpp"

#include <tally/redis/command.hpp>

#include <cstdint>

TEST_CASE("a command is an array of bulk strings that may hold any bytes", "[redis_command]")
{
  const tally::redis_command incr{"INCR", "visits"};
  CHECK(incr.bytes() == "*2\r\n$4\r\nINCR\r\n$6\r\nvisits\r\n");
  const tally::redis_command odd{"AUTH", "", "a\r\nb"};
  CHECK(odd.bytes() == "*3\r\n$4\r\nAUTH\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
}

TEST_CASE("a command can be replaced, argument by argument", "[redis_command]")
{
  tally::redis_command command{"PING"};
  command.begin(3);
  command.add("INCRBY");
  command.add("visits");
  command.add(std::int64_t{-12});
  CHECK(command.bytes() == "*3\r\n$6\r\nINCRBY\r\n$6\r\nvisits\r\n$3\r\n-12\r\n");
}
