#include "catch.hpp"
#include "ipv6.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"

#include <string>
#include <vector>

using namespace tally::test;

TEST_CASE("tally --version prints name and version", "[integration]")
{
  const auto run = run_tally({}, {"--version"});
  CHECK(run.status == 0);
  CHECK(run.output == "tally " TALLY_VERSION "\n");
  CHECK(run.errors.empty());
}

TEST_CASE("tally --help prints usage and the most important variables", "[integration]")
{
  const auto run = run_tally({}, {"--help"});
  CHECK(run.status == 0);
  CHECK(run.errors.empty());
  for (const std::string word :
       {"usage", "tally healthcheck", "--help", "--version", "REDIS_HOST", "REDIS_PORT", "REDIS_DB",
        "REDIS_USERNAME", "REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "PORT", "TALLY_ADDRESS",
        "TALLY_THREADS", "TALLY_LOG_LEVEL", "exit status"}) {
    INFO(word);
    CHECK(contains(run.output, word));
  }
}

TEST_CASE("an unknown argument ends the program with one line that names it", "[integration]")
{
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--verbose"},
                                                    {"serve"},
                                                    {"healthcheck", "--verbose"},
                                                    {"--help", "--verbose"}}) {
    INFO(arguments.back());
    const auto run = run_tally({}, arguments);
    CHECK(run.status == 2);
    CHECK(run.output.empty());
    INFO(run.errors);
    CHECK(is_one_line(run.errors));
    CHECK(contains(run.errors, arguments.back()));
  }
  CHECK(contains(run_tally({}, {"--port", "80"}).errors, "--port"));
}

TEST_CASE("a port in use ends the program with one line that names it", "[integration]")
{
  tcp_listener listener;
  const auto port = std::to_string(listener.number());
  for (const std::string address : {"127.0.0.1", "0.0.0.0", "::"}) {
    const auto run =
        run_tally({{"PORT", port}, {"TALLY_ADDRESS", address}, {"TALLY_LOG_LEVEL", "error"}});
    INFO(address << ": " << run.errors);
    CHECK(run.status == 1);
    CHECK(is_one_line(run.errors));
    CHECK(contains(run.errors, port));
  }
}

TEST_CASE("a second instance fails on the port of the first", "[integration]")
{
  redis_server redis;
  tally_process first{redis, {{"TALLY_THREADS", "2"}}};
  const auto second = run_tally(
      pointing_at(redis, {{"PORT", std::to_string(first.port())}, {"TALLY_ADDRESS", "127.0.0.1"}}));
  INFO(second.errors);
  CHECK(second.status == 1);
  CHECK(contains(second.errors, std::to_string(first.port())));
  CHECK(first.get("/count").number() == 1);
}

TEST_CASE("one of two instances started together gets the port", "[integration]")
{
  redis_server redis;
  for (int round = 0; round < 10; ++round) {
    reserved_port port;
    const auto variables = pointing_at(
        redis, {{"PORT", std::to_string(port.number())}, {"TALLY_ADDRESS", "127.0.0.1"}});
    process first{{tally_executable()}, variables};
    process second{{tally_executable()}, variables};
    REQUIRE(eventually([&] { return !first.running() || !second.running(); }));
    auto& failed = first.running() ? second : first;
    INFO(failed.errors());
    CHECK(failed.wait() == 1);
    CHECK(contains(failed.errors(), std::to_string(port.number())));
    CHECK((first.running() || second.running()));
  }
}

namespace {

void check_healthcheck(const std::string& server_address, const std::string& probe_address)
{
  redis_server redis{redis_server::absent};
  tally_process tally{pointing_at(redis, {{"TALLY_ADDRESS", server_address}})};
  const auto run = run_tally(
      {{"PORT", std::to_string(tally.port())}, {"TALLY_ADDRESS", probe_address}}, {"healthcheck"});
  INFO(server_address << ", " << probe_address << ": " << run.errors);
  CHECK(run.status == 0);
  CHECK(run.errors.empty());
}

} // namespace

TEST_CASE("healthcheck succeeds while tally serves, even without Redis", "[integration]")
{
  const std::string address = GENERATE("127.0.0.1", "0.0.0.0", "");
  check_healthcheck(address, address);
}

TEST_CASE("healthcheck connects to the IPv6 address that tally listens on", "[integration]")
{
  if (!has_ipv6())
    return;
  const std::string address = GENERATE("::1", "::");
  check_healthcheck(address, address);
}

TEST_CASE("healthcheck with all addresses configured needs no IPv6", "[integration]")
{
  check_healthcheck("0.0.0.0", "::");
}

TEST_CASE("healthcheck fails with one line when nothing listens", "[integration]")
{
  reserved_port closed;
  const auto run = run_tally({{"PORT", std::to_string(closed.number())}}, {"healthcheck"});
  INFO(run.errors);
  CHECK(run.status == 1);
  CHECK(is_one_line(run.output + run.errors));
  CHECK(contains(run.output + run.errors, std::to_string(closed.number())));
}

TEST_CASE("healthcheck fails with one line when the server does not respond", "[integration]")
{
  tcp_listener silent; // the kernel accepts, and no process reads
  const auto run = run_tally({{"PORT", std::to_string(silent.number())}}, {"healthcheck"});
  INFO(run.errors);
  CHECK(run.status == 1);
  CHECK(is_one_line(run.output + run.errors));
}
