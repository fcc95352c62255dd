// What tally list, get, set and delete report when they cannot use Redis.
#include "administration.hpp"
#include "catch.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "scripted_peer.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"

#include <string>

using namespace tally::test;

namespace {

// After its first attempt the connection pauses for longer than the connect timeout.
const environment one_attempt{{"TALLY_REDIS_BACKOFF_MIN_MS", "3600000"},
                              {"TALLY_REDIS_BACKOFF_MAX_MS", "3600000"}};

} // namespace

TEST_CASE("an operator's command fails with one line without Redis", "[integration]")
{
  redis_server redis{redis_server::absent};
  for (const auto& arguments : all_commands)
    check_fails(administer(redis, arguments, one_attempt),
                "cannot use Redis at 127.0.0.1:" + std::to_string(redis.port()));
}

TEST_CASE("an operator's command fails with one line when Redis is silent", "[integration]")
{
  tcp_listener silent; // the kernel accepts, and no process reads
  environment variables{{"REDIS_HOST", "127.0.0.1"},
                        {"REDIS_PORT", std::to_string(silent.number())},
                        {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "200"}};
  variables.merge(environment{one_attempt});
  check_fails(run_tally(variables, {"get", "home"}), "no reply in time");
}

TEST_CASE("an operator's command does not wait for a look-up that never ends", "[integration]")
{
  process run{{TALLY_ON_FAULTY_SYSTEM, "get", "home"},
              {{"REDIS_HOST", "redis.test"}, {"FAULTY_ADDRESSES", "never"}}};
  check_fails({run.wait().value(), run.output(), run.errors()}, "cannot resolve redis.test");
}

TEST_CASE("an operator's command fails with one line when it gets no thread", "[integration]")
{
  process run{{TALLY_ON_FAULTY_SYSTEM, "get", "home"}, {{"FAULTY_THREADS", "0"}}};
  check_fails({run.wait().value(), run.output(), run.errors()}, "unavailable");
}

TEST_CASE("an operator's command fails with one line when Redis has no address", "[integration]")
{
  check_fails(run_tally({{"REDIS_HOST", "redis.invalid"}}, {"get", "home"}),
              "cannot resolve redis.invalid");
}

TEST_CASE("an operator's command reports a wrong password and keeps it secret", "[integration]")
{
  redis_server redis{{"of the default user", {}}};
  for (const auto& arguments : all_commands) {
    const auto run = administer(redis, arguments, {{"REDIS_PASSWORD", "hunter2"}});
    check_fails(run, "WRONGPASS");
    CHECK_FALSE(contains(run.errors, "hunter2"));
    check_fails(administer(redis, arguments), "NOAUTH");
  }
}

TEST_CASE("a change whose reply is lost is reported as perhaps carried out", "[integration]")
{
  scripted_peer peer{[](tcp_stream& connection) {
    if (contains(connection.read_some(), "PING"))
      connection.send("+PONG\r\n");
    connection.read_some(); // EVAL
  }};
  for (const auto& arguments : all_commands) {
    const auto run = run_tally(
        {{"REDIS_HOST", "127.0.0.1"}, {"REDIS_PORT", std::to_string(peer.port())}}, arguments);
    check_fails(run, "Redis did not reply");
    const bool changes = arguments[0] == "set" || arguments[0] == "delete";
    CHECK(contains(run.errors, "may have been carried out") == changes);
  }
}

TEST_CASE("an operator's command fails when its output cannot be written", "[integration]")
{
  redis_server redis;
  process run{{"sh", "-c", "exec \"$0\" list >/dev/full", tally_executable()}, pointing_at(redis)};
  CHECK(run.wait() == 1);
  CHECK(is_one_line(run.errors()));
}
