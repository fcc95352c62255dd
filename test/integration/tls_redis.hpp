#pragma once

#include "certificate_authority.hpp"
#include "redis_server.hpp"
#include "tcp_listener.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tally::test {

/// A private Redis that also listens with TLS.
class tls_redis {
public:
  /// Has a certificate of `authority`, and asks clients for one of the same if `directives` have
  /// `--tls-auth-clients yes`.
  tls_redis(const certificate_authority& authority,
            const certificate_authority::issued& certificate,
            std::vector<std::string> directives = {})
      : server_{with_tls(authority, certificate, std::move(directives))}
  {
  }

  redis_server& server() { return server_; }
  std::uint16_t tls_port() const { return port_.number(); }

  /// `rediss://`, this host, and the port.
  std::string url(const std::string& host = "localhost") const
  {
    return "rediss://" + host + ':' + std::to_string(tls_port());
  }

private:
  redis_server::options with_tls(const certificate_authority& authority,
                                 const certificate_authority::issued& certificate,
                                 std::vector<std::string> directives) const
  {
    std::vector<std::string> words{"--tls-port",         std::to_string(tls_port()),
                                   "--tls-cert-file",    certificate.certificate,
                                   "--tls-key-file",     certificate.key,
                                   "--tls-ca-cert-file", authority.certificate(),
                                   "--tls-auth-clients", "no"};
    words.insert(words.end(), directives.begin(), directives.end());
    return {"", words};
  }

  reserved_port port_;
  redis_server server_;
};

} // namespace tally::test
