#include "catch.hpp"
#include "process.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace tally::test;

namespace {

/// Returns a PATH on which docker/redis/tally-redis finds redis-server and redis-cli wrappers that
/// use `port` and `folder` instead of the fixed ones of the image, and a redis_exporter that only
/// sends a PING, with the password from the one variable that the real one reads.
std::string write_redis_wrappers(const temporary_folder& folder, const reserved_port& port)
{
  const auto number = std::to_string(port.number());
  const auto path = std::string{std::getenv("PATH")} + ":/usr/sbin:/sbin";
  const auto header = "#!/bin/sh\nPATH='" + path + "'\n";
  folder.write("redis-server", header + "shift\nexec redis-server \"$@\" --bind 127.0.0.1 --port " +
                                   number + " --save '' --dir '" + folder.path().string() + "'\n");
  folder.write("redis-cli", header + "exec redis-cli -p " + number + " \"$@\"\n");
  folder.write("redis_exporter", header + "[ -z \"${REDIS_PASSWORD_FILE-}\" ] || exit 1\n" +
                                     "REDISCLI_AUTH=$REDIS_PASSWORD exec redis-cli -p " + number +
                                     " ping\n");
  for (const char* program : {"redis-server", "redis-cli", "redis_exporter"})
    std::filesystem::permissions(folder.path() / program, std::filesystem::perms::owner_all);
  return folder.path().string() + ':' + path;
}

} // namespace

TEST_CASE("Tally, its Redis and the exporter read the same password from a file", "[integration]")
{
  const std::string content =
      GENERATE("s3cret", "s3cret\n", "s3cret\r\n", "s3cret\n\n", "s3cret\r\n\r\n", "s3cret\r",
               "\r\ns3\r\ncret\n", "two words \n", "\"s3\\cret'$x`\n", "s3cr\xc3\xa9t\xff\n");
  INFO(content);
  temporary_folder folder;
  reserved_port port;
  const environment variables{{"PATH", write_redis_wrappers(folder, port)},
                              {"REDIS_PASSWORD_FILE", folder.write("password", content).string()}};
  process redis{{"sh", TALLY_REDIS_SCRIPT, "server"}, variables};
  CHECK(eventually([&] {
    process check{{"sh", TALLY_REDIS_SCRIPT, "healthcheck"}, variables};
    return check.wait() == 0 && check.output() == "PONG\n";
  }));

  process exporter{{"sh", TALLY_REDIS_SCRIPT, "exporter"}, variables};
  CHECK(exporter.wait() == 0);
  CHECK(exporter.output() == "PONG\n");

  tally_process tally{{{"REDIS_HOST", "127.0.0.1"},
                       {"REDIS_PORT", std::to_string(port.number())},
                       {"REDIS_PASSWORD_FILE", variables.at("REDIS_PASSWORD_FILE")}}};
  tally.wait_for_readyz(200);
  CHECK(tally.get("/count").number() == 1);
}
