#include "catch.hpp"
#include "web/query.hpp"

using tally::query_value;

TEST_CASE("a query's value is that of the first field with the key", "[query]")
{
  CHECK(query_value("a=1&b=2&a=3", "a") == "1");
  CHECK(query_value("a=1&b=2&a=3", "b") == "2");
  CHECK(query_value("ab=1&a=2", "a") == "2");
  CHECK(query_value("&&a=1&", "a") == "1");
  CHECK_FALSE(query_value("a=1&b=2", "c"));
  CHECK_FALSE(query_value("a=1", "A"));
  CHECK_FALSE(query_value("", "a"));
}

TEST_CASE("a query's value may be empty or absent, and may hold an equals sign", "[query]")
{
  CHECK(query_value("a=&b=1", "a") == "");
  CHECK(query_value("a&b=1", "a") == "");
  CHECK(query_value("a", "a") == "");
  CHECK(query_value("a=b=c", "a") == "b=c");
}

TEST_CASE("a query is decoded as a form", "[query]")
{
  CHECK(query_value("a=x+y%20z%2Bq", "a") == "x y z+q");
  CHECK(query_value("a=%26%3d%C3%a9", "a") == "&=\xc3\xa9");
  CHECK(query_value("label%43olor=1", "labelColor") == "1");
  CHECK(query_value("a=%00", "a") == std::string(1, '\0'));
}

TEST_CASE("a value whose percent-encoding is invalid does not exist", "[query]")
{
  for (const char* query : {"a=%", "a=%4", "a=%zz", "a=%4g", "a=x%-1", "a=% 1", "a=%4&a=1"})
    CHECK_FALSE(query_value(query, "a"));
  CHECK(query_value("%=1&b=%&a=1", "a") == "1"); // another field's encoding does not matter
}
