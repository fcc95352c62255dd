#include "catch.hpp"
#include "unit/app/parse.hpp"

#include <tally/redis/tls.hpp>

#include <boost/json/serialize.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <unistd.h>

namespace {

tally::redis_settings redis_of(const std::string& url)
{
  const auto parsed = parse({{"REDIS_URL", url}});
  INFO(url << ": " << (parsed ? "" : parsed.error()));
  REQUIRE(parsed.has_value());
  return parsed->redis;
}

} // namespace

TEST_CASE("a REDIS_URL sets host, port, database, user and password", "[config]")
{
  struct {
    std::string url;
    std::string host;
    unsigned port;
    unsigned db;
    std::string username;
    std::string password;
    std::string shown;
  } const cases[] = {
      {"redis://store", "store", 6379, 0, "", "", "redis://store:6379/0"},
      {"redis://store/", "store", 6379, 0, "", "", "redis://store:6379/0"},
      {"redis://store:7000/3", "store", 7000, 3, "", "", "redis://store:7000/3"},
      {"redis://:hush@store", "store", 6379, 0, "", "hush", "redis://store:6379/0"},
      {"redis://counter:hush@10.0.0.1:1", "10.0.0.1", 1, 0, "counter", "hush",
       "redis://10.0.0.1:1/0"},
      {"redis://a%3Ab:p%40%2F%3F%23%25@store", "store", 6379, 0, "a:b", "p@/?#%",
       "redis://store:6379/0"},
      {"redis://counter:p@ss:word@store", "store", 6379, 0, "counter", "p@ss:word",
       "redis://store:6379/0"},
      {"redis://[2001:db8::1]:7000/1", "2001:db8::1", 7000, 1, "", "",
       "redis://[2001:db8::1]:7000/1"},
      {"redis://:hush@[::1]", "::1", 6379, 0, "", "hush", "redis://[::1]:6379/0"},
  };
  for (const auto& [url, host, port, db, username, password, shown] : cases) {
    INFO(url);
    const auto redis = redis_of(url);
    CHECK(redis.host == host);
    CHECK(redis.port == port);
    CHECK(redis.db == db);
    CHECK(redis.username == username);
    CHECK(redis.password == password);
    CHECK(redis.url == shown);
    CHECK(redis.socket.empty());
    CHECK_FALSE(redis.tls);
  }
}

TEST_CASE("a REDIS_URL names a Unix socket", "[config]")
{
  auto redis = redis_of("unix:///run/redis%20a.sock");
  CHECK(redis.socket == "/run/redis a.sock");
  CHECK(redis.db == 0);
  CHECK(redis.url == "unix:///run/redis a.sock?db=0");
  redis = redis_of("unix://counter:hush@/run/redis.sock?db=4");
  CHECK(redis.socket == "/run/redis.sock");
  CHECK(redis.db == 4);
  CHECK(redis.username == "counter");
  CHECK(redis.password == "hush");
  CHECK(redis.url == "unix:///run/redis.sock?db=4");
  redis_of("unix:///" + std::string(106, 's'));
  CHECK(failure({{"REDIS_URL", "unix:///" + std::string(107, 's')}}) ==
        "REDIS_URL has a path of more than 107 bytes, which the system does not permit for a "
        "socket");
}

TEST_CASE("the log shows a REDIS_URL without user and password", "[config]")
{
  const auto parsed = parse({{"REDIS_URL", "redis://:hush@store:7000/3"}});
  REQUIRE(parsed.has_value());
  const auto described = tally::describe(*parsed);
  CHECK(described.at("REDIS_URL") == "redis://store:7000/3");
  CHECK(described.at("REDIS_PASSWORD") == "(set)");
  CHECK(boost::json::serialize(described).find("hush") == std::string::npos);
}

TEST_CASE("the error about a bad REDIS_URL says what is wrong and has no part of the URL",
          "[config]")
{
  const std::string pairs[][2] = {
      {"hush", "REDIS_URL does not begin with redis://, rediss:// (TLS) or unix://"},
      {"http://hush@store", "REDIS_URL does not begin with redis://, rediss:// (TLS) or unix://"},
      {"redis:hush@store", "REDIS_URL does not begin with redis://, rediss:// (TLS) or unix://"},
      {"redis://:hush@", "REDIS_URL names no host: write redis://host, redis://host:6379/0 or "
                         "unix:///path"},
      {"redis://:hush@store:", "REDIS_URL has a port that is not a whole number from 1 to 65535"},
      {"redis://:hush@store:0", "REDIS_URL has a port that is not a whole number from 1 to 65535"},
      {"redis://a:hush/hush@store",
       "REDIS_URL has a port that is not a whole number from 1 to 65535"},
      {"redis://a:1/hush@store",
       "REDIS_URL has a database that is not a whole number from 0 to 2147483647"},
      {"redis://:hush@store/-1",
       "REDIS_URL has a database that is not a whole number from 0 to 2147483647"},
      {"redis://:hu?sh@store", "REDIS_URL has a query or a fragment: percent-encode \"?\" and "
                               "\"#\" in a password"},
      {"redis://:hush%2@store", "REDIS_URL has a \"%\" in its password that does not begin an "
                                "encoded byte: write %25"},
      {"redis://:hush%00@store", "REDIS_URL has a null byte in its password"},
      {"redis://:hush@[::g]", "REDIS_URL has no IPv6 address between its brackets"},
      {"redis://:hush@[::1", "REDIS_URL has no IPv6 address between its brackets"},
      {"redis://:hush@[::1]7000", "REDIS_URL has text after its IPv6 address that is no port"},
      {"redis://:hush@st ore", "REDIS_URL has a host that is neither a name nor an IP address"},
      {"redis://hush@store",
       "REDIS_URL has a user without a password: write redis://user:password@host, or "
       "redis://:password@host for the default user, or set REDIS_PASSWORD_FILE"},
      {"unix://hush", "REDIS_URL names no socket: write unix:///path, with three slashes"},
      {"unix://run/hush", "REDIS_URL names no socket: write unix:///path, with three slashes"},
      {"unix:///s?password=hush", "REDIS_URL has a query other than ?db=number"},
      {"unix:///s?db=hush",
       "REDIS_URL has a database that is not a whole number from 0 to 2147483647"},
  };
  for (const auto& [url, error] : pairs) {
    INFO(url);
    CHECK(failure({{"REDIS_URL", url}}) == error);
  }
}

TEST_CASE("REDIS_URL and a variable that it replaces are refused together", "[config]")
{
  const std::string pairs[][2] = {{"REDIS_HOST", "store"},
                                  {"REDIS_PORT", "7000"},
                                  {"REDIS_DB", "1"},
                                  {"REDIS_USERNAME", "counter"},
                                  {"REDIS_PASSWORD", "hush"}};
  for (const auto& [variable, value] : pairs)
    CHECK(failure({{"REDIS_URL", "redis://:hush@store"}, {variable, value}}) ==
          "REDIS_URL and " + variable + " are both set: set only one of them");
  CHECK(failure({{"REDIS_URL", "redis://store"}, {"REDIS_HOST", ""}}).empty());
}

TEST_CASE("a file supplies the password that REDIS_URL does not have", "[config]")
{
  std::string path = "/tmp/tally-url-XXXXXX";
  close(mkstemp(path.data()));
  std::ofstream{path} << "hush\n";
  const auto parsed =
      parse({{"REDIS_URL", "redis://counter@store"}, {"REDIS_PASSWORD_FILE", path}});
  REQUIRE(parsed.has_value());
  CHECK(parsed->redis.username == "counter");
  CHECK(parsed->redis.password == "hush");
  CHECK(failure({{"REDIS_URL", "redis://:hush@store"}, {"REDIS_PASSWORD_FILE", path}}) ==
        "REDIS_URL has a password, and REDIS_PASSWORD_FILE is set: set only one of them");
  std::remove(path.c_str());
}

TEST_CASE("rediss:// asks for TLS, which the build must have", "[config]")
{
  const variables set{{"REDIS_URL", "rediss://:hush@store"}};
  if (!tally::tls_available()) {
    CHECK(failure(set) == "REDIS_URL begins with rediss://, but this Tally was built without TLS: "
                          "that needs hiredis 1.0 or later with libhiredis_ssl, and OpenSSL");
    return;
  }
  const auto parsed = parse(set);
  REQUIRE(parsed.has_value());
  CHECK(parsed->redis.tls);
  CHECK(parsed->redis.url == "rediss://store:6379/0");
  CHECK(parsed->redis.tls_ca_file == "/etc/ssl/certs/ca-certificates.crt");
}

TEST_CASE("TLS files are refused without TLS, and a certificate without its key", "[config]")
{
  for (const std::string variable :
       {"REDIS_TLS_CA_FILE", "REDIS_TLS_CERT_FILE", "REDIS_TLS_KEY_FILE"})
    CHECK(failure({{"REDIS_URL", "redis://store"}, {variable, "/x.pem"}}) ==
          variable + " is set, but no TLS: it needs a REDIS_URL that begins with rediss://");
  for (const std::string variable : {"REDIS_TLS_CERT_FILE", "REDIS_TLS_KEY_FILE"})
    CHECK(failure({{"REDIS_URL", "rediss://store"}, {variable, "/x.pem"}}) ==
          "only one of REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE is set: set both of them, or "
          "none");
}
