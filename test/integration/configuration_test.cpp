#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <string>
#include <vector>

using namespace tally::test;

namespace {

/// Checks that tally exits with status 2 and one line on stderr with all of `fragments`.
void check_refused(environment variables, const std::vector<std::string>& fragments)
{
  variables.try_emplace("PORT", "0");
  const auto run = run_tally(variables);
  INFO(run.errors);
  CHECK(run.status == 2);
  CHECK(run.output.empty());
  CHECK(is_one_line(run.errors));
  for (const auto& fragment : fragments) {
    INFO("expected: " << fragment);
    CHECK(contains(run.errors, fragment));
  }
}

} // namespace

TEST_CASE(
    "an invalid value ends the program with one line that names variable, value and allowed range",
    "[integration]")
{
  struct {
    std::string variable;
    std::vector<std::string> values;
    std::string allowed;
  } const cases[] = {
      {"PORT",
       {"-1", "65536", "http", "80a", "0x50", " 80", "99999999999999999999"},
       "from 0 to 65535"},
      {"REDIS_HOST", {"redis://redis", "redis:6379", "[::1]", "/run/redis.sock"}, "REDIS_PORT"},
      {"REDIS_PORT", {"0", "65536", "redis", "6379,6380"}, "from 1 to 65535"},
      {"REDIS_DB", {"-1", "first"}, "from 0 to "},
      {"TALLY_ADDRESS", {"localhost", "127.0.0", "256.0.0.1", "*"}, "address"},
      {"TALLY_THREADS", {"0", "-2", "many"}, "from 1 to "},
      {"TALLY_LOG_LEVEL", {"loud", "INFO", "warn"}, "debug"},
      {"TALLY_REDIS_CONNECT_TIMEOUT_MS", {"0", "-1", "2s", "2.5"}, "from 1 to "},
      {"TALLY_REDIS_REPLY_TIMEOUT_MS", {"0", "soon"}, "from 1 to "},
      {"TALLY_REDIS_REPLICAS", {"-1", "17", "all"}, "from 0 to 16"},
      {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", {"0", "1s"}, "from 1 to "},
      {"TALLY_VISIT_TIMEOUT_MS", {"0", "5s"}, "from 1 to "},
      {"TALLY_REDIS_PING_INTERVAL_MS", {"0", "off"}, "from 1 to "},
      {"TALLY_REDIS_BACKOFF_MIN_MS", {"0", "-5"}, "from 1 to "},
      {"TALLY_REDIS_BACKOFF_MAX_MS", {"0", "x"}, "from 1 to "},
      {"TALLY_MAX_WAITING_VISITS", {"0", "all"}, "from 1 to "},
      {"TALLY_REQUEST_TIMEOUT_MS", {"0", "never"}, "from 1 to "},
      {"TALLY_IDLE_TIMEOUT_MS", {"0", "75s"}, "from 1 to "},
      {"TALLY_WRITE_TIMEOUT_MS", {"0", "10 s"}, "from 1 to "},
      {"TALLY_MAX_TARGET_BYTES", {"0", "8k"}, "from 64 to "},
      {"TALLY_MAX_HEADER_BYTES", {"0", "8k"}, "from 256 to "},
      {"TALLY_MAX_BODY_BYTES", {"-1", "64KiB"}, "from 0 to "},
      {"TALLY_MAX_CONNECTIONS", {"0", "-1"}, "from 1 to "},
      {"TALLY_DRAIN_DELAY_MS", {"-1", "1s"}, "from 0 to "},
      {"TALLY_DRAIN_GRACE_MS", {"-1", "6s"}, "from 0 to "},
  };
  for (const auto& [variable, values, allowed] : cases)
    for (const auto& value : values) {
      INFO(variable << '=' << value);
      check_refused({{variable, value}}, {variable, value, allowed});
    }
}

TEST_CASE("a minimum backoff above the maximum is refused", "[integration]")
{
  check_refused({{"TALLY_REDIS_BACKOFF_MIN_MS", "500"}, {"TALLY_REDIS_BACKOFF_MAX_MS", "100"}},
                {"TALLY_REDIS_BACKOFF_MIN_MS", "TALLY_REDIS_BACKOFF_MAX_MS"});
}

TEST_CASE("a timeout for replicas that leaves no time to reply is refused", "[integration]")
{
  const environment variables{{"TALLY_REDIS_REPLICAS", "1"},
                              {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", "500"}};
  for (const std::string limit :
       {"TALLY_REDIS_REPLY_TIMEOUT_MS", "TALLY_REDIS_CONNECT_TIMEOUT_MS"}) {
    auto refused = variables;
    refused[limit] = "500";
    check_refused(refused, {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", "500", limit});
  }
}

TEST_CASE("a password together with a password file is refused without printing the password",
          "[integration]")
{
  temporary_folder folder;
  const auto file = folder.write("password", "hunter2-file\n").string();
  const environment variables{{"REDIS_PASSWORD", "hunter2-plain"}, {"REDIS_PASSWORD_FILE", file}};
  check_refused(variables, {"REDIS_PASSWORD", "REDIS_PASSWORD_FILE"});
  CHECK_FALSE(contains(run_tally(variables).errors, "hunter2"));
}

TEST_CASE("an unreadable password file is refused with one line that names it", "[integration]")
{
  temporary_folder folder;
  const auto missing = (folder.path() / "missing").string();
  check_refused({{"REDIS_PASSWORD_FILE", missing}},
                {"REDIS_PASSWORD_FILE", missing, "No such file"});
  const auto directory = folder.path().string();
  check_refused({{"REDIS_PASSWORD_FILE", directory}}, {"REDIS_PASSWORD_FILE", directory});
}

TEST_CASE("an empty password file is refused", "[integration]")
{
  temporary_folder folder;
  const auto empty = folder.write("empty", "\n").string();
  check_refused({{"REDIS_PASSWORD_FILE", empty}}, {"REDIS_PASSWORD_FILE", empty});
}

TEST_CASE("a user name without a password is refused", "[integration]")
{
  check_refused({{"REDIS_USERNAME", "visitor"}}, {"REDIS_USERNAME", "REDIS_PASSWORD"});
}

TEST_CASE("an empty variable counts as unset", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"REDIS_DB", ""},
                       {"REDIS_USERNAME", ""},
                       {"REDIS_PASSWORD", ""},
                       {"REDIS_PASSWORD_FILE", ""},
                       {"TALLY_LOG_LEVEL", ""},
                       {"TALLY_IDLE_TIMEOUT_MS", ""}}};
  CHECK(tally.get("/count").number() == 1);
}
