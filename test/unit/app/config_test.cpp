#include "catch.hpp"
#include "unit/app/parse.hpp"

#include <boost/json/serialize.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

// A file with this content, which the destructor removes.
class file {
public:
  explicit file(const std::string& content)
  {
    const int descriptor = mkstemp(path_.data());
    REQUIRE(descriptor != -1);
    close(descriptor);
    std::ofstream{path_} << content;
  }
  ~file() { std::remove(path_.c_str()); }
  file(const file&) = delete;
  file& operator=(const file&) = delete;

  const std::string& path() const { return path_; }

private:
  std::string path_ = "/tmp/tally-config-XXXXXX";
};

} // namespace

TEST_CASE("without any variable the documented defaults hold", "[config]")
{
  const auto settings = parse({});
  REQUIRE(settings.has_value());
  CHECK(settings->redis.host == "127.0.0.1");
  CHECK(settings->redis.port == 6379);
  CHECK(settings->http.port == 8080);
  CHECK(settings->http.address.empty());
  CHECK(settings->threads >= 1);
  CHECK(settings->log_level == tally::log_level::info);
}

TEST_CASE("an empty variable counts as not set", "[config]")
{
  const auto settings = parse({{"PORT", ""}, {"REDIS_PASSWORD", ""}, {"TALLY_LOG_LEVEL", ""}});
  REQUIRE(settings.has_value());
  CHECK(settings->http.port == 8080);
}

TEST_CASE("each variable reaches its setting", "[config]")
{
  const auto settings = parse({{"REDIS_HOST", "store"},
                               {"REDIS_PORT", "7000"},
                               {"REDIS_DB", "3"},
                               {"REDIS_USERNAME", "counter"},
                               {"REDIS_PASSWORD", "secret"},
                               {"PORT", "0"},
                               {"TALLY_ADDRESS", "::1"},
                               {"TALLY_THREADS", "7"},
                               {"TALLY_LOG_LEVEL", "debug"},
                               {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "11"},
                               {"TALLY_REDIS_REPLY_TIMEOUT_MS", "12"},
                               {"TALLY_REDIS_REPLICAS", "2"},
                               {"TALLY_REDIS_REPLICAS_TIMEOUT_MS", "10"},
                               {"TALLY_VISIT_TIMEOUT_MS", "22"},
                               {"TALLY_REDIS_PING_INTERVAL_MS", "13"},
                               {"TALLY_REDIS_BACKOFF_MIN_MS", "14"},
                               {"TALLY_REDIS_BACKOFF_MAX_MS", "15"},
                               {"TALLY_MAX_WAITING_VISITS", "16"},
                               {"TALLY_MAX_COUNTERS", "0"},
                               {"TALLY_IDEMPOTENCY_TTL_S", "23"},
                               {"TALLY_REQUEST_TIMEOUT_MS", "17"},
                               {"TALLY_IDLE_TIMEOUT_MS", "18"},
                               {"TALLY_WRITE_TIMEOUT_MS", "19"},
                               {"TALLY_MAX_TARGET_BYTES", "2048"},
                               {"TALLY_MAX_HEADER_BYTES", "4096"},
                               {"TALLY_MAX_BODY_BYTES", "0"},
                               {"TALLY_MAX_CONNECTIONS", "20"},
                               {"TALLY_DRAIN_DELAY_MS", "0"},
                               {"TALLY_DRAIN_GRACE_MS", "21"}});
  REQUIRE(settings.has_value());
  const boost::json::object effective = tally::describe(*settings);
  CHECK(boost::json::serialize(effective) ==
        R"_({"REDIS_HOST":"store","REDIS_PORT":7000,"REDIS_DB":3,"REDIS_USERNAME":"counter",)_"
        R"_("REDIS_PASSWORD":"(set)","REDIS_PASSWORD_FILE":"","REDIS_URL":"",)_"
        R"_("REDIS_TLS_CA_FILE":"/etc/ssl/certs/ca-certificates.crt","REDIS_TLS_CERT_FILE":"",)_"
        R"_("REDIS_TLS_KEY_FILE":"","REDIS_CLUSTER_NODES":"","REDIS_SENTINELS":"",)_"
        R"_("REDIS_SENTINEL_SERVICE":"","REDIS_SENTINEL_USERNAME":"",)_"
        R"_("REDIS_SENTINEL_PASSWORD":"","REDIS_SENTINEL_PASSWORD_FILE":"",)_"
        R"_("PORT":0,"TALLY_ADDRESS":"::1","TALLY_THREADS":7,)_"
        R"_("TALLY_LOG_LEVEL":"debug","TALLY_REDIS_CONNECT_TIMEOUT_MS":11,)_"
        R"_("TALLY_REDIS_REPLY_TIMEOUT_MS":12,"TALLY_REDIS_REPLICAS":2,)_"
        R"_("TALLY_REDIS_REPLICAS_TIMEOUT_MS":10,"TALLY_VISIT_TIMEOUT_MS":22,)_"
        R"_("TALLY_REDIS_PING_INTERVAL_MS":13,"TALLY_REDIS_BACKOFF_MIN_MS":14,)_"
        R"_("TALLY_REDIS_BACKOFF_MAX_MS":15,"TALLY_MAX_WAITING_VISITS":16,)_"
        R"_("TALLY_MAX_COUNTERS":0,"TALLY_IDEMPOTENCY_TTL_S":23,)_"
        R"_("TALLY_REQUEST_TIMEOUT_MS":17,"TALLY_IDLE_TIMEOUT_MS":18,)_"
        R"_("TALLY_WRITE_TIMEOUT_MS":19,"TALLY_MAX_TARGET_BYTES":2048,)_"
        R"_("TALLY_MAX_HEADER_BYTES":4096,"TALLY_MAX_BODY_BYTES":0,"TALLY_MAX_CONNECTIONS":20,)_"
        R"_("TALLY_DRAIN_DELAY_MS":0,"TALLY_DRAIN_GRACE_MS":21})_");
  CHECK(settings->redis.password == "secret");
}

TEST_CASE("the error names a bad value, its variable and what is allowed", "[config]")
{
  CHECK(failure({{"PORT", "65536"}}) ==
        "PORT is \"65536\", which is not a whole number from 0 to 65535");
  CHECK(failure({{"REDIS_PORT", "0"}}) ==
        "REDIS_PORT is \"0\", which is not a whole number from 1 to 65535");
  CHECK(failure({{"TALLY_THREADS", "-1"}}) ==
        "TALLY_THREADS is \"-1\", which is not a whole number from 1 to 256");
  CHECK(failure({{"TALLY_IDEMPOTENCY_TTL_S", "86401"}}) ==
        "TALLY_IDEMPOTENCY_TTL_S is \"86401\", which is not a whole number from 1 to 86400");
  CHECK(failure({{"TALLY_IDLE_TIMEOUT_MS", "5s"}}) ==
        "TALLY_IDLE_TIMEOUT_MS is \"5s\", which is not a whole number from 1 to 86400000");
  CHECK(failure({{"TALLY_LOG_LEVEL", "loud"}}) ==
        "TALLY_LOG_LEVEL is \"loud\", which is not one of debug, info, warning, error");
  CHECK(failure({{"TALLY_ADDRESS", "here"}}) ==
        "TALLY_ADDRESS is \"here\", which is not an IPv4 or IPv6 address");
  CHECK(failure({{"TALLY_REDIS_BACKOFF_MIN_MS", "500"}, {"TALLY_REDIS_BACKOFF_MAX_MS", "100"}}) ==
        "TALLY_REDIS_BACKOFF_MIN_MS is \"500\", which is not at most "
        "TALLY_REDIS_BACKOFF_MAX_MS, 100");
}

TEST_CASE("sentinels and nodes of a cluster are lists of addresses", "[config]")
{
  const auto sentinels =
      parse({{"REDIS_SENTINELS", "s1:26379,127.0.0.1:1,[::1]:2"}, {"REDIS_SENTINEL_SERVICE", "x"}});
  REQUIRE(sentinels.has_value());
  CHECK(sentinels->redis.sentinels ==
        std::vector<tally::redis_address>{{"s1", 26379}, {"127.0.0.1", 1}, {"::1", 2}});
  const auto nodes = parse({{"REDIS_CLUSTER_NODES", "n1:7000"}});
  REQUIRE(nodes.has_value());
  CHECK(nodes->redis.cluster_nodes == std::vector<tally::redis_address>{{"n1", 7000}});
  std::string many;
  for (int port = 1; port <= 17; ++port)
    many += (port == 1 ? "h:" : ",h:") + std::to_string(port);
  for (const std::string& list :
       {std::string{"n1"}, std::string{"n1:0"}, std::string{"n1:1,"}, std::string{",n1:1"},
        std::string{"n1:1,,n2:1"}, std::string{"n1:1, n2:1"}, std::string{"::1:7000"},
        std::string{"redis://n1:7000"}, std::string{"n1:1,n1:1"}, many})
    CHECK(failure({{"REDIS_CLUSTER_NODES", list}})
              .starts_with("REDIS_CLUSTER_NODES is \"" + list + "\", which is not a list of"));
}

TEST_CASE("settings that exclude each other are refused", "[config]")
{
  const variables sentinels{{"REDIS_SENTINELS", "s:1"}, {"REDIS_SENTINEL_SERVICE", "x"}};
  for (const std::string other : {"REDIS_HOST", "REDIS_PORT"}) {
    auto both = sentinels;
    both[other] = "1";
    CHECK(failure(both) == "REDIS_SENTINELS and " + other + " are both set: set only one of them");
    CHECK(failure({{"REDIS_CLUSTER_NODES", "n:1"}, {other, "1"}}) ==
          "REDIS_CLUSTER_NODES and " + other + " are both set: set only one of them");
  }
  CHECK(failure({{"REDIS_CLUSTER_NODES", "n:1"}, {"REDIS_SENTINELS", "s:1"}})
            .ends_with("are both set: set only one of them"));
  CHECK(failure({{"REDIS_SENTINELS", "s:1"}}) ==
        "REDIS_SENTINELS is set, but REDIS_SENTINEL_SERVICE, the name of the master, is not");
  CHECK(failure({{"REDIS_SENTINEL_SERVICE", "x"}}) ==
        "REDIS_SENTINEL_SERVICE is set, but REDIS_SENTINELS is not");
}

TEST_CASE("the password of the sentinels may be in a file", "[config]")
{
  variables set{{"REDIS_SENTINELS", "s:1"}, {"REDIS_SENTINEL_SERVICE", "x"}};
  const file secret{"hush\n"};
  set["REDIS_SENTINEL_PASSWORD_FILE"] = secret.path();
  REQUIRE(parse(set).has_value());
  CHECK(parse(set)->redis.sentinel_password == "hush");
  set["REDIS_SENTINEL_PASSWORD"] = "other";
  CHECK(failure(set).ends_with("are both set: set only one of them"));
  set["REDIS_SENTINEL_PASSWORD_FILE"] = "";
  set["REDIS_SENTINEL_PASSWORD"] = "";
  set["REDIS_SENTINEL_USERNAME"] = "watcher";
  CHECK(failure(set).starts_with("REDIS_SENTINEL_USERNAME is \"watcher\" without a password"));
}

TEST_CASE("a REDIS_HOST that is more than a host is refused, and no password shown", "[config]")
{
  for (const std::string value : {"redis://store", "rediss://store:6379/0", "store:6379",
                                  "127.0.0.1:6379", "[::1]", "[::1]:6379", "/run/redis.sock"})
    CHECK(
        failure({{"REDIS_HOST", value}}) ==
        "REDIS_HOST is \"" + value +
            "\", which is not a plain host name or IP address: set REDIS_HOST to the host, without "
            "scheme, path or brackets, and REDIS_PORT to its port; or set REDIS_URL instead");
  const auto with_password = failure({{"REDIS_HOST", "redis://user:hush@store:6379"}});
  CHECK(with_password.starts_with("REDIS_HOST is \"...@store:6379\", which is not"));
  for (const std::string value : {"store", "store.example.", "my_store-1", "127.0.0.1", "::1",
                                  "fe80::1%1", "::ffff:10.0.0.1"})
    CHECK(failure({{"REDIS_HOST", value}}).empty());
}

TEST_CASE("values that are almost numbers are refused", "[config]")
{
  for (const char* value : {" 80", "80 ", "+80", "0x50", "8e1", "80.0", "99999999999999999999"})
    CHECK_FALSE(failure({{"PORT", value}}).empty());
}

TEST_CASE("a password is read from a file, without the line end", "[config]")
{
  const file unix_line{"s3cret\n"};
  CHECK(parse({{"REDIS_PASSWORD_FILE", unix_line.path()}})->redis.password == "s3cret");
  const file dos_line{"s3cret\r\n"};
  CHECK(parse({{"REDIS_PASSWORD_FILE", dos_line.path()}})->redis.password == "s3cret");
  const file lines{"s3cret\r\n\r\n"};
  CHECK(parse({{"REDIS_PASSWORD_FILE", lines.path()}})->redis.password == "s3cret\r\n");
  const file no_line{"s3cret\r"};
  CHECK(parse({{"REDIS_PASSWORD_FILE", no_line.path()}})->redis.password == "s3cret\r");
  const file inner{"two words "};
  CHECK(parse({{"REDIS_PASSWORD_FILE", inner.path()}})->redis.password == "two words ");
}

TEST_CASE("a password that cannot be read ends the parse, and is not in the error", "[config]")
{
  CHECK(failure({{"REDIS_PASSWORD_FILE", "/nonexistent/password"}}) ==
        "REDIS_PASSWORD_FILE is \"/nonexistent/password\", which cannot be read: "
        "No such file or directory");
  CHECK_FALSE(failure({{"REDIS_PASSWORD_FILE", "/tmp"}}).empty());
  const file empty{"\n"};
  CHECK(failure({{"REDIS_PASSWORD_FILE", empty.path()}}).ends_with("which holds no password"));
  const auto both = failure({{"REDIS_PASSWORD", "hush"}, {"REDIS_PASSWORD_FILE", empty.path()}});
  CHECK(both == "REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set: set only one of them");
  CHECK(failure({{"REDIS_USERNAME", "counter"}}) ==
        "REDIS_USERNAME is \"counter\" without a password: set REDIS_PASSWORD or "
        "REDIS_PASSWORD_FILE too");
}
