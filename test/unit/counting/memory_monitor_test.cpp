#include "catch.hpp"

#include <tally/counting/memory_monitor.hpp>

#include <string>

using tally::shows_almost_full;

namespace {

std::string info(const std::string& used, const std::string& limit, const std::string& uncounted)
{
  return "# Memory\r\nused_memory:" + used + "\r\nused_memory_human:95M\r\nmaxmemory:" + limit +
         "\r\nmaxmemory_human:100M\r\nmem_not_counted_for_evict:" + uncounted + "\r\n";
}

} // namespace

TEST_CASE("Redis is almost full if it has used more than 90 % of its maxmemory", "[memory_monitor]")
{
  CHECK_FALSE(shows_almost_full(info("90", "100", "0")));
  CHECK(shows_almost_full(info("91", "100", "0")));
  CHECK(shows_almost_full(info("9223372036854775807", "9223372036854775807", "0")));
}

TEST_CASE("buffers that Redis does not count are not counted", "[memory_monitor]")
{
  CHECK_FALSE(shows_almost_full(info("95", "100", "5")));
  CHECK(shows_almost_full(info("96", "100", "5")));
}

TEST_CASE("Redis without a maxmemory, or with another reply, is not almost full",
          "[memory_monitor]")
{
  CHECK_FALSE(shows_almost_full(info("95", "0", "0")));
  for (const char* text : {"", "OK", "used_memory", "maxmemory:\r\nused_memory:9", "maxmemory:x",
                           "used_memory:1\nmaxmemory:-1"})
    CHECK_FALSE(shows_almost_full(text));
}
