#include "catch.hpp"
#include "redis/server_settings.hpp"

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
