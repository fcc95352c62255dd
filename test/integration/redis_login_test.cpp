#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <string>

using namespace tally::test;

namespace {

const redis_server::options with_password{"correct horse battery staple", {}};

/// A Redis with a password for the default user, and a user `visitor` with the permissions that
/// counting needs and little else.
redis_server::options with_visitor()
{
  return {"of the default user",
          {"--user", "visitor", "on", ">hunter2-visitor", "~visits*", "~{visits*", "-@all", "+get",
           "+mget", "+set", "+incrby", "+evalsha", "+script|load", "+ping", "+select"}};
}

/// Checks that the login fails, and that tally reports the error without `secret`.
void check_login_fails(const redis_server& redis, environment variables, const std::string& error,
                       const std::string& secret)
{
  tally_process tally{pointing_at(redis, std::move(variables))};
  tally.wait_for_event("redis_unreachable");
  const auto readiness = tally.wait_for_readyz(503);
  INFO(readiness);
  CHECK(contains(readiness, error));
  const auto response = tally.get("/count");
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
  CHECK(tally.get("/").status == 200);
  CHECK_FALSE(contains(tally.everything_written() + readiness + response.body, secret));
}

} // namespace

TEST_CASE("tally logs in with the right password", "[integration]")
{
  redis_server redis{with_password};
  tally_process tally{redis, {{"REDIS_PASSWORD", with_password.password}}};
  CHECK(tally.get("/count").number() == 1);
  CHECK(redis.visits() == 1);
  CHECK_FALSE(contains(tally.everything_written(), with_password.password));
}

TEST_CASE("tally logs in with a password from a file that ends with a newline", "[integration]")
{
  temporary_folder folder;
  redis_server redis{with_password};
  const auto file = folder.write("password", with_password.password + '\n').string();
  tally_process tally{redis, {{"REDIS_PASSWORD_FILE", file}}};
  CHECK(tally.get("/count").number() == 1);
  CHECK_FALSE(contains(tally.everything_written(), with_password.password));
}

TEST_CASE("a wrong password is reported as the error and kept secret", "[integration]")
{
  redis_server redis{with_password};
  check_login_fails(redis, {{"REDIS_PASSWORD", "hunter2"}}, "WRONGPASS", "hunter2");
  CHECK(redis.visits() == 0);
}

TEST_CASE("a missing password is reported as the error", "[integration]")
{
  redis_server redis{with_password};
  check_login_fails(redis, {}, "NOAUTH", with_password.password);
}

TEST_CASE("tally logs in with a user name and a password", "[integration]")
{
  redis_server redis{with_visitor()};
  tally_process tally{redis,
                      {{"REDIS_USERNAME", "visitor"}, {"REDIS_PASSWORD", "hunter2-visitor"}}};
  CHECK(tally.get("/count").number() == 1);
  CHECK(tally.get("/total").number() == 1);
  CHECK(contains(redis.connect().command({"ACL", "LIST"}).value(), "user visitor on"));
  CHECK_FALSE(contains(tally.everything_written(), "hunter2"));
}

TEST_CASE("a user name with the password of another user is refused", "[integration]")
{
  redis_server redis{with_visitor()};
  check_login_fails(redis,
                    {{"REDIS_USERNAME", "visitor"}, {"REDIS_PASSWORD", "of the default user"}},
                    "WRONGPASS", "of the default user");
}

TEST_CASE("visits are counted in the configured database", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"REDIS_DB", "3"}}};
  tally.get("/count");
  CHECK(redis.visits() == 0);
  auto client = redis.connect();
  client.command({"SELECT", "3"});
  CHECK(client.command({"GET", "visits"}) == "1");

  // Also after a reconnect.
  redis.kill();
  redis.start();
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
  CHECK(redis.visits() == 0);
}

TEST_CASE("a database that does not exist is reported as the error", "[integration]")
{
  redis_server redis;
  tally_process tally{pointing_at(redis, {{"REDIS_DB", "99"}})};
  tally.wait_for_event("redis_unreachable");
  CHECK(contains(tally.wait_for_readyz(503), "DB index is out of range"));
  CHECK(tally.get("/count").status == 503);
}

TEST_CASE("tally resolves the host name of Redis", "[integration]")
{
  redis_server redis;
  tally_process tally{redis, {{"REDIS_HOST", "localhost"}}};
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a host name that does not resolve is reported and does not end tally", "[integration]")
{
  redis_server redis;
  tally_process tally{pointing_at(redis, {{"REDIS_HOST", "redis.invalid"}})};
  tally.wait_for_event("redis_unreachable");
  CHECK(contains(tally.wait_for_readyz(503), "redis.invalid"));
  CHECK(tally.get("/count").status == 503);
  CHECK(tally.stop() == 0);
}
