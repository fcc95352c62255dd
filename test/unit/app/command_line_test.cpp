#include "app/command_line.hpp"
#include "catch.hpp"

#include <vector>

using tally::command;

namespace {

auto parse(std::vector<const char*> arguments)
{
  arguments.insert(arguments.begin(), "tally");
  return tally::parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

} // namespace

TEST_CASE("the command line names the task, and serving is the default", "[command_line]")
{
  CHECK(*parse({}) == command::serve);
  CHECK(*parse({"healthcheck"}) == command::healthcheck);
  CHECK(*parse({"--help"}) == command::help);
  CHECK(*parse({"-h"}) == command::help);
  CHECK(*parse({"--version"}) == command::version);
}

TEST_CASE("the error names an unknown or extra argument", "[command_line]")
{
  CHECK(parse({"--prot"}).error() == "unknown argument \"--prot\"; see tally --help");
  CHECK(parse({"--port", "80"}).error() == "unknown argument \"--port\"; see tally --help");
  CHECK(parse({"healthcheck", "now"}).error() == "unexpected argument \"now\"; see tally --help");
}
