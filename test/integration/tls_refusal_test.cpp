#include "catch.hpp"
#include "certificate_authority.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "text.hpp"
#include "tls_redis.hpp"

#include <string>

using namespace tally::test;

namespace {

/// Checks that tally does not connect, and that the log and /readyz have this reason.
void check_refused(const std::string& url, const std::string& authority, const std::string& reason,
                   environment variables = {})
{
  variables.merge(environment{{"REDIS_URL", url},
                              {"REDIS_TLS_CA_FILE", authority},
                              {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "500"}});
  tally_process tally{variables};
  const auto event = tally.wait_for_event("redis_unreachable", 2);
  INFO(event.at("reason").as_string().c_str());
  CHECK(contains(event.at("reason").as_string().c_str(), reason));
  CHECK(contains(tally.wait_for_readyz(503), reason));
  CHECK(tally.get("/count").status == 503);
  CHECK(tally.stop() == 0);
}

/// Checks that tally ends with status 2 and one line that has these fragments.
void check_unusable(environment variables, const std::string& variable, const std::string& reason)
{
  variables.try_emplace("REDIS_URL", "rediss://localhost");
  const auto run = run_tally(variables);
  INFO(run.errors);
  CHECK(run.status == 2);
  CHECK(is_one_line(run.errors));
  CHECK(contains(run.errors, variable + " is \"" + variables.at(variable) + "\", which cannot be"));
  CHECK(contains(run.errors, reason));
}

} // namespace

TEST_CASE("an expired certificate is refused", "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue("DNS:localhost", true)};
  check_refused(redis.url(), authority.certificate(),
                "the certificate of localhost is refused: certificate has expired");
}

TEST_CASE("a certificate of an unknown authority is refused", "[integration][tls]")
{
  certificate_authority authority;
  certificate_authority other;
  tls_redis redis{authority, authority.issue("DNS:localhost")};
  check_refused(redis.url(), other.certificate(),
                "the certificate of localhost is refused: "); // text of this OpenSSL
}

TEST_CASE("a self-signed certificate is refused", "[integration][tls]")
{
  certificate_authority authority;
  certificate_authority other;
  tls_redis redis{authority, {other.certificate(), other.key()}};
  check_refused(redis.url(), authority.certificate(),
                "the certificate of localhost is refused: self-signed certificate");
}

TEST_CASE("a certificate for another name is refused", "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue("DNS:elsewhere,IP:127.0.0.1")};
  check_refused(redis.url(), authority.certificate(),
                "the certificate of localhost is refused: hostname mismatch");
}

TEST_CASE("a certificate for another address is refused", "[integration][tls]")
{
  certificate_authority authority;
  tls_redis redis{authority, authority.issue("DNS:localhost,DNS:127.0.0.1,IP:127.0.0.2")};
  check_refused(redis.url("127.0.0.1"), authority.certificate(),
                "the certificate of 127.0.0.1 is refused: IP address mismatch");
}

TEST_CASE("a Redis without TLS is refused", "[integration][tls]")
{
  certificate_authority authority;
  redis_server redis;
  check_refused("rediss://127.0.0.1:" + std::to_string(redis.port()), authority.certificate(),
                "TLS");
}

// OpenSSL refuses TLS 1.1 by default. The file permits it, so that only Tally can refuse it.
TEST_CASE("TLS 1.1 is refused", "[integration][tls]")
{
  certificate_authority authority;
  temporary_folder folder;
  const auto permissive = folder.write("openssl.cnf", "openssl_conf = all\n[all]\nssl_conf = ssl\n"
                                                      "[ssl]\nsystem_default = any\n"
                                                      "[any]\nMinProtocol = TLSv1\n"
                                                      "CipherString = DEFAULT@SECLEVEL=0\n");
  tls_redis redis{authority,
                  authority.issue("DNS:localhost"),
                  {"--tls-protocols", "TLSv1.1", "--tls-ciphers", "DEFAULT@SECLEVEL=0"}};
  check_refused(redis.url(), authority.certificate(), "protocol version",
                {{"OPENSSL_CONF", permissive.string()}});
}

TEST_CASE("a peer that does not continue the TLS handshake is given up in time",
          "[integration][tls]")
{
  certificate_authority authority;
  tcp_listener silent;
  check_refused("rediss://127.0.0.1:" + std::to_string(silent.number()), authority.certificate(),
                "no TLS connection in time");
}

TEST_CASE("a TLS file that cannot be used ends tally with one line", "[integration][tls]")
{
  certificate_authority authority;
  const auto client = authority.issue("DNS:client");
  const auto other = authority.issue("DNS:other");
  temporary_folder folder;
  const auto missing = (folder.path() / "missing").string();
  const auto text = folder.write("text", "no certificate\n").string();
  for (const std::string& ca : {missing, text})
    check_unusable({{"REDIS_TLS_CA_FILE", ca}}, "REDIS_TLS_CA_FILE",
                   ca == missing ? "No such file or directory" : "no certificate");
  const auto check_client = [&](const std::string& certificate, const std::string& key,
                                const std::string& variable, const std::string& reason) {
    check_unusable({{"REDIS_TLS_CA_FILE", authority.certificate()},
                    {"REDIS_TLS_CERT_FILE", certificate},
                    {"REDIS_TLS_KEY_FILE", key}},
                   variable, reason);
  };
  check_client(missing, client.key, "REDIS_TLS_CERT_FILE", "No such file or directory");
  check_client(client.certificate, missing, "REDIS_TLS_KEY_FILE", "No such file or directory");
  check_client(client.certificate, other.key, "REDIS_TLS_KEY_FILE", "key values mismatch");
  check_client(client.certificate, authority.encrypt(client.key), "REDIS_TLS_KEY_FILE", ": ");
}
