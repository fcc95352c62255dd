#include "app/command_line.hpp"
#include "catch.hpp"

#include <string>
#include <vector>

using tally::command;

namespace {

auto parse_words(std::vector<const char*> arguments)
{
  arguments.insert(arguments.begin(), "tally");
  return tally::parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

} // namespace

TEST_CASE("the command line names the task, and serving is the default", "[command_line]")
{
  CHECK(parse_words({})->task == command::serve);
  CHECK(parse_words({"healthcheck"})->task == command::healthcheck);
  CHECK(parse_words({"--help"})->task == command::help);
  CHECK(parse_words({"-h"})->task == command::help);
  CHECK(parse_words({"--version"})->task == command::version);
}

TEST_CASE("an operator's command has a name, a number or --json", "[command_line]")
{
  CHECK(parse_words({"list"})->task == command::list);
  CHECK_FALSE(parse_words({"list"})->json);
  CHECK(parse_words({"list", "--json"})->json);
  CHECK(parse_words({"get", "home"})->task == command::get);
  CHECK(parse_words({"get", "blog/home"})->name == "blog/home");
  for (const auto& arguments : {std::vector{"get", "--json", "home"}, {"get", "home", "--json"}}) {
    CHECK(parse_words(arguments)->json);
    CHECK(parse_words(arguments)->name == "home");
  }
  CHECK(parse_words({"set", "home", "1200"})->task == command::set);
  CHECK(parse_words({"set", "home", "1200"})->name == "home");
  CHECK(parse_words({"set", "home", "1200"})->number == 1200);
  CHECK(parse_words({"delete", "home"})->task == command::remove);
  CHECK(parse_words({"delete", "home"})->name == "home");
}

TEST_CASE("after -- a name may begin with two hyphens", "[command_line]")
{
  CHECK(parse_words({"get", "--json", "--", "--json"})->name == "--json");
  CHECK(parse_words({"delete", "--", "--"})->name == "--");
  CHECK(parse_words({"get", "-"})->name == "-");
}

TEST_CASE("a number is from 0 to 2^63-1", "[command_line]")
{
  CHECK(parse_words({"set", "home", "0"})->number == 0);
  CHECK(parse_words({"set", "home", "9223372036854775807"})->number == 9223372036854775807);
  for (const char* const number : {"", "-1", "+1", "1.0", " 1", "1 ", "0x10", "1e3",
                                   "9223372036854775808", "ten", "18446744073709551616"})
    CHECK(parse_words({"set", "home", number}).error() ==
          '"' + std::string{number} + "\" is not a whole number from 0 to 9223372036854775807");
}

TEST_CASE("the error names an unknown or extra argument", "[command_line]")
{
  CHECK(parse_words({"--prot"}).error() == "unknown argument \"--prot\"; see tally --help");
  CHECK(parse_words({"--port", "80"}).error() == "unknown argument \"--port\"; see tally --help");
  CHECK(parse_words({"healthcheck", "now"}).error() ==
        "unexpected argument \"now\"; see tally --help");
  CHECK(parse_words({"--help", "--"}).error() == "unexpected argument \"--\"; see tally --help");
  CHECK(parse_words({"list", "home"}).error() == "unexpected argument \"home\"; see tally --help");
  CHECK(parse_words({"get", "home", "5"}).error() == "unexpected argument \"5\"; see tally --help");
  CHECK(parse_words({"get", "--jsno"}).error() == "unknown argument \"--jsno\"; see tally --help");
  CHECK(parse_words({"set", "home", "5", "--json"}).error() ==
        "unknown argument \"--json\"; see tally --help");
  CHECK(parse_words({"two\nlines"}).error() == "unknown argument \"two\"; see tally --help");
}

TEST_CASE("the error names a missing argument", "[command_line]")
{
  CHECK(parse_words({"get"}).error() == "tally get needs NAME; see tally --help");
  CHECK(parse_words({"get", "--json"}).error() == "tally get needs NAME; see tally --help");
  CHECK(parse_words({"set"}).error() == "tally set needs NAME; see tally --help");
  CHECK(parse_words({"set", "home"}).error() == "tally set needs NUMBER; see tally --help");
  CHECK(parse_words({"delete"}).error() == "tally delete needs NAME; see tally --help");
}

TEST_CASE("the error names what is no name of a counter", "[command_line]")
{
  for (const char* const name :
       {"", "a//b", "/a", "a/", ".names", "a/.b", "..", "%41", "a b", "a?"})
    CHECK(parse_words({"delete", name})
              .error()
              .starts_with('"' + std::string{name} + "\" is not a name"));
}
