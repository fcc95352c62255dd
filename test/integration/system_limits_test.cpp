#include "catch.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "text.hpp"

#include <filesystem>
#include <iterator>
#include <string>

using namespace tally::test;

namespace {

/// The number of threads of a ready tally with four workers.
auto thread_count(const redis_server& redis, const std::string& host)
{
  tally_process tally{redis,
                      {{"TALLY_THREADS", "4"}, {"REDIS_HOST", host}},
                      {"sh", "-c", "echo $$ && exec \"$0\"", tally_executable()}};
  const auto id = std::to_string(std::stoi(tally.everything_written()));
  return std::distance(std::filesystem::directory_iterator{"/proc/" + id + "/task"}, {});
}

finished run_on_faulty_system(environment variables)
{
  variables.try_emplace("PORT", "0");
  process tally{{TALLY_ON_FAULTY_SYSTEM}, variables};
  const auto status = tally.wait();
  REQUIRE(status);
  return {*status, tally.output(), tally.errors()};
}

} // namespace

TEST_CASE("resolving the name of Redis needs no thread per worker", "[integration]")
{
  redis_server redis;
  CHECK(thread_count(redis, "localhost") <= thread_count(redis, "127.0.0.1") + 1);
}

TEST_CASE("a thread that cannot be started ends the program with one line", "[integration]")
{
  const int max_threads = GENERATE(0, 1);
  INFO(max_threads << " threads");
  const auto run = run_on_faulty_system({{"FAULTY_THREADS", std::to_string(max_threads)},
                                         {"TALLY_THREADS", "1"},
                                         {"REDIS_HOST", "localhost"},
                                         {"REDIS_PORT", "1"},
                                         {"TALLY_LOG_LEVEL", "error"}});
  INFO(run.errors);
  CHECK(run.status == 1);
  CHECK(is_one_line(run.errors));
  CHECK(contains(run.errors, "cannot start"));
  CHECK(contains(run.errors, "TALLY_THREADS"));
}

TEST_CASE("on many cores tally starts the maximum number of workers", "[integration]")
{
  const auto run = run_on_faulty_system({{"FAULTY_CORES", "300"}, {"FAULTY_THREADS", "0"}});
  INFO(run.errors);
  CHECK(contains(run.errors, "\"TALLY_THREADS\":256"));
}

TEST_CASE("a descriptor limit that cannot be raised is respected", "[integration]")
{
  redis_server redis;
  tally_process tally{redis,
                      {{"FAULTY_LIMITS", "1"}},
                      {"sh", "-c", "ulimit -Sn 200; exec \"$0\"", TALLY_ON_FAULTY_SYSTEM}};
  CHECK(tally.wait_for_event("few_descriptors").at("descriptors").as_int64() == 200);
}
