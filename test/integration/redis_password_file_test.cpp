#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

using namespace tally::test;

namespace {

const redis_server::options first_password{"the first", {}};

/// Changes the password of the default user, and cuts all connections.
void change_password(redis_client& operator_connection, const std::string& password)
{
  operator_connection.command({"CONFIG", "SET", "requirepass", password});
  operator_connection.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
}

} // namespace

TEST_CASE("tally reads the password file again at each attempt to connect", "[integration]")
{
  temporary_folder folder;
  redis_server redis{first_password};
  const auto file = folder.write("password", "the first\n");
  tally_process tally{redis, {{"REDIS_PASSWORD_FILE", file.string()}}};
  CHECK(tally.get("/count").number() == 1);

  auto client = redis.connect();
  change_password(client, "the second");
  tally.wait_for_event("redis_unreachable", 2);
  CHECK(contains(tally.wait_for_readyz(503), "WRONGPASS"));
  folder.write("password", "the second\n");
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
  CHECK_FALSE(contains(tally.everything_written(), "the second"));
}

TEST_CASE("a password file that is missing later is reported, and tally keeps trying",
          "[integration]")
{
  temporary_folder folder;
  redis_server redis{first_password};
  const auto file = folder.write("password", "the first");
  tally_process tally{redis, {{"REDIS_PASSWORD_FILE", file.string()}}};
  std::filesystem::remove(file);
  redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
  tally.wait_for_event("redis_unreachable", 2);
  const auto reason =
      "the password file \"" + file.string() + "\" cannot be read: No such file or directory";
  CHECK(contains(tally.wait_for_readyz(503), reason));
  folder.write("password", "the first");
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a password that came through a pipe is kept for the next attempt", "[integration]")
{
  temporary_folder folder;
  redis_server redis{first_password};
  const auto pipe = (folder.path() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  process writer{{"sh", "-c", "echo the first >'" + pipe + "'"}};
  tally_process tally{redis, {{"REDIS_PASSWORD_FILE", pipe}}};
  redis.connect().command({"CLIENT", "KILL", "TYPE", "normal"});
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 1);
}
