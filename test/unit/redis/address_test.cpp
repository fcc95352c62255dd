#include "catch.hpp"

#include <tally/redis/address.hpp>

#include <string>
#include <string_view>

using tally::parse_address;
using tally::redis_address;

TEST_CASE("an address is a host and a port", "[redis_address]")
{
  CHECK(parse_address("store:6379") == redis_address{"store", 6379});
  CHECK(parse_address("127.0.0.1:65535") == redis_address{"127.0.0.1", 65535});
  CHECK(parse_address("[::1]:1") == redis_address{"::1", 1});
  CHECK(parse_address("fd00::3:7000") == redis_address{"fd00::3", 7000}); // as Redis Cluster writes
  CHECK(parse_address(":7000") == redis_address{"", 7000});
  for (const std::string_view text :
       {"", "store", "store:", "store:0", "store:65536", "store:-1", "store:1x", "store: 1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text).has_value());
  }
}

TEST_CASE("the text of an IPv6 address has brackets", "[redis_address]")
{
  CHECK(to_string(redis_address{"store", 6379}) == "store:6379");
  CHECK(to_string(redis_address{"::1", 6379}) == "[::1]:6379");
}
