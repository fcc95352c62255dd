#include "catch.hpp"

#include <tally/counting/name.hpp>

#include <string>
#include <string_view>

using tally::decode_name;
using tally::is_name;

TEST_CASE("a name is segments of unreserved characters, joined by slashes", "[name]")
{
  for (const std::string_view name :
       {"a", "visits", "blog/post-1", "A.b_c~d-0", "a/b/c", "~", "a."})
    CHECK(is_name(name));
  CHECK(is_name(std::string(128, 'a')));
}

TEST_CASE("other text is no name", "[name]")
{
  for (const std::string_view text :
       {"", "/", "/a", "a/", "a//b", ".", "..", ".names", "a/.b", "a/../b", "a b", "a:b", "a%b",
        "a?b", "a\\b", "{a}", "a\n", "\xc3\xa9"})
    CHECK_FALSE(is_name(text));
  CHECK_FALSE(is_name(std::string(129, 'a')));
  CHECK_FALSE(is_name(std::string_view{"a\0b", 3}));
}

TEST_CASE("an encoded unreserved character means the same as a plain one", "[name]")
{
  std::string name;
  CHECK(decode_name("%61%2Db%2e%7E%5f", name));
  CHECK(name == "a-b.~_");
  CHECK(decode_name("blog/post%2d1", name));
  CHECK(name == "blog/post-1");

  std::string encoded;
  for (int i = 0; i != 128; ++i)
    encoded += "%41";
  CHECK(decode_name(encoded, name));
  CHECK(name == std::string(128, 'A'));
  CHECK_FALSE(decode_name(encoded + "A", name));
}

TEST_CASE("another encoding is no name", "[name]")
{
  std::string name;
  for (const std::string_view path :
       {"", "a%2Fb", "%2e", "%2E%2E", "a/%2e", "%", "a%", "a%4", "a%4g", "a%g4", "a%+4", "a% 4",
        "a%00", "%C3%A9", "a%20b", "a%253", "%2561"})
    CHECK_FALSE(decode_name(path, name));
}
