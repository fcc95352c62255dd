#include "catch.hpp"
#include "certificate_authority.hpp"
#include "process.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"
#include "tls_redis.hpp"
#include "visitors.hpp"
#include "wait.hpp"

#include <algorithm>
#include <string>

using namespace tally::test;

namespace {

const std::string local_names = "DNS:localhost,IP:127.0.0.1";

environment trusting(const certificate_authority& authority, const std::string& url)
{
  return {{"REDIS_URL", url}, {"REDIS_TLS_CA_FILE", authority.certificate()}};
}

void check_counts(tls_redis& redis, environment variables)
{
  tally_process tally{std::move(variables)};
  tally.wait_for_event("redis_ready");
  const auto before = redis.server().visits();
  CHECK(tally.get("/count").number() == before + 1);
  CHECK(redis.server().visits() == before + 1);
}

} // namespace

TEST_CASE("tally counts over TLS", "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue(local_names)};
  SECTION("with a host name")
  {
    check_counts(redis, trusting(authority, redis.url()));
  }
  SECTION("with an IP address")
  {
    check_counts(redis, trusting(authority, redis.url("127.0.0.1")));
  }
}

TEST_CASE("tally logs in and selects a database over TLS, also after Redis restarts",
          "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority,
                  authority.issue(local_names),
                  {"--user", "visitor", "on", ">p@ss/word", "~*", "+@all"}};
  const auto url = "rediss://visitor:p%40ss%2Fword@localhost:" + std::to_string(redis.tls_port());
  tally_process tally{trusting(authority, url + "/3")};
  tally.wait_for_event("redis_ready");
  CHECK(tally.get("/count").number() == 1);
  CHECK(redis.server().visits() == 0);
  redis.server().kill();
  tally.wait_for_event("redis_lost");
  redis.server().start();
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
  const auto written = tally.everything_written();
  CHECK(contains(written, "rediss://localhost:" + std::to_string(redis.tls_port()) + "/3"));
  CHECK_FALSE(contains(written, "ss/word"));
  CHECK_FALSE(contains(written, "ss%2Fword"));
}

TEST_CASE("an older or a newer TLS counts, too", "[integration][tls]")
{
  certificate_authority authority;
  const std::string version = GENERATE("TLSv1.2", "TLSv1.3");
  tls_redis redis{authority, authority.issue(local_names), {"--tls-protocols", version}};
  check_counts(redis, trusting(authority, redis.url()));
}

TEST_CASE("visits over TLS are counted once while Redis is killed and restarted",
          "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue(local_names)};
  auto variables = trusting(authority, redis.url());
  variables["TALLY_THREADS"] = "2";
  tally_process tally{variables};
  tally.wait_for_event("redis_ready", 2);
  check_counting_through_kills(redis.server(), tally, 2);
}

TEST_CASE("replies that are larger than a TLS record arrive completely", "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue(local_names)};
  const int counters = 2000;
  redis.server().connect().command(
      {"EVAL",
       "for i = 1, ARGV[1] do local name = string.rep('n', 100) .. i "
       "redis.call('SADD', '{visits}:.names', name) redis.call('SET', '{visits}:' .. name, 7) end",
       "0", std::to_string(counters)});
  const auto list = run_tally(trusting(authority, redis.url()), {"list"});
  INFO(list.errors);
  CHECK(list.status == 0);
  CHECK(std::ranges::count(list.output, '\n') == counters + 1);
}

TEST_CASE("tally sends the host name of Redis as SNI", "[integration][tls]")
{
  certificate_authority authority;
  const auto named = authority.issue("DNS:localhost");
  const auto other = authority.issue("DNS:elsewhere");
  const reserved_port port;
  const auto number = std::to_string(port.number());
  const process server{{"openssl", "s_server", "-quiet", "-rev", "-accept", "127.0.0.1:" + number,
                        "-cert", other.certificate, "-key", other.key, "-servername", "localhost",
                        "-cert2", named.certificate, "-key2", named.key}};
  auto variables = trusting(authority, "rediss://localhost:" + number);
  variables["TALLY_REDIS_CONNECT_TIMEOUT_MS"] = "500";
  const tally_process tally{variables};
  // Without SNI, the server presents the other certificate, and Tally closes the connection. With
  // it, the server returns the first command reversed.
  CHECK(eventually([&] { return contains(tally.get("/readyz").body, "Protocol error"); }));
}

TEST_CASE("tally shows a certificate to a Redis that asks for one", "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue(local_names), {"--tls-auth-clients", "yes"}};
  auto variables = trusting(authority, redis.url());
  SECTION("and counts with it")
  {
    const auto client = authority.issue("DNS:client");
    variables["REDIS_TLS_CERT_FILE"] = client.certificate;
    variables["REDIS_TLS_KEY_FILE"] = client.key;
    check_counts(redis, variables);
  }
  SECTION("and says so without one")
  {
    tally_process tally{variables};
    tally.wait_for_event("redis_unreachable");
    // Not at each attempt: Redis resets the connection, and the alert may be lost with it.
    CHECK(eventually([&] {
      return contains(tally.wait_for_readyz(503), "TLS: tlsv13 alert certificate required");
    }));
    CHECK(tally.get("/count").status == 503);
  }
}
