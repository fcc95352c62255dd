#pragma once

#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tally::test {

/// Runs an operator's command on this Redis to its end.
inline finished administer(const redis_server& redis, const std::vector<std::string>& arguments,
                           environment variables = {})
{
  return run_tally(pointing_at(redis, std::move(variables)), arguments);
}

/// Whether the command has done what was asked, without output.
inline bool succeeds_silently(const finished& run)
{
  return run.status == 0 && run.output.empty() && run.errors.empty();
}

/// A command line of each kind.
inline const std::vector<std::vector<std::string>> all_commands{
    {"list"}, {"get", "home"}, {"set", "home", "5"}, {"delete", "home"}};

/// Checks that the command exits with 1 and one line that contains `error`.
inline void check_fails(const finished& run, const std::string& error)
{
  INFO(run.errors);
  CHECK(run.status == 1);
  CHECK(run.output.empty());
  CHECK(is_one_line(run.errors));
  CHECK(contains(run.errors, error));
}

} // namespace tally::test
