#include "redis/tls_session.hpp"

#include <boost/asio/ip/address.hpp>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <system_error>
#include <utility>

namespace tally {
namespace {

void require(bool done)
{
  if (!done)
    throw std::bad_alloc{}; // the only error of these calls
}

// The first error of OpenSSL on this thread, which is the cause of the others.
std::string first_error()
{
  const unsigned long code = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(code))
    return std::generic_category().message(ERR_GET_REASON(code));
  const char* const text = ERR_reason_error_string(code);
  return text ? text : "unknown error";
}

class openssl_session final : public tls_session {
public:
  openssl_session(SSL_CTX* context, std::string host)
      : session_{SSL_new(context)}, host_{std::move(host)}
  {
    require(session_ != nullptr);
    if (host_.ends_with('.')) // which no certificate has
      host_.pop_back();
  }

  ~openssl_session() override { SSL_free(session_); }

  // Fails for a text that cannot be in a certificate.
  bool expect_host()
  {
    error_code not_numeric;
    auto address = boost::asio::ip::make_address(host_, not_numeric);
    if (not_numeric)
      // What the macro SSL_set_tlsext_host_name does, with a cast that GCC warns about.
      return SSL_set1_host(session_, host_.c_str()) == 1 &&
             SSL_ctrl(session_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                      host_.data()) == 1;
    if (address.is_v6())
      address = boost::asio::ip::address_v6{address.to_v6().to_bytes()}; // without its zone
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_), address.to_string().c_str()) ==
           1;
  }

  bool start(redisContext& connection) override
  {
    forget_errors();
    started_ = redisInitiateSSL(&connection, session_) == REDIS_OK;
    if (started_)
      SSL_up_ref(session_); // hiredis releases its own reference
    return started_;
  }

  bool started() const override { return started_; }

  progress shake_hands() override
  {
    forget_errors();
    switch (SSL_get_error(session_, SSL_do_handshake(session_))) {
    case SSL_ERROR_NONE:
      return progress::done;
    case SSL_ERROR_WANT_READ:
      return progress::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return progress::wants_write;
    default:
      return progress::failed;
    }
  }

  void forget_errors() override { ERR_clear_error(); }

  std::string peek() override
  {
    std::array<char, 512> bytes; // NOLINT(*-member-init): OpenSSL writes it
    const int size = SSL_peek(session_, bytes.data(), static_cast<int>(bytes.size()));
    return {bytes.data(), static_cast<std::size_t>(std::max(size, 0))};
  }

  std::string error(const std::string& otherwise) const override
  {
    const long verified = SSL_get_verify_result(session_);
    if (verified != X509_V_OK)
      return "TLS: the certificate of " + host_ +
             " is refused: " + X509_verify_cert_error_string(verified);
    return ERR_peek_error() ? "TLS: " + first_error() : otherwise;
  }

private:
  SSL* session_;
  std::string host_;
  bool started_ = false;
};

class openssl_context final : public tls_context {
public:
  openssl_context() : context_{SSL_CTX_new(TLS_client_method())}
  {
    require(context_ != nullptr);
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    // Redis' protocol shows by itself whether a reply is complete.
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    // OpenSSL would ask for the passphrase of a key on the terminal.
    SSL_CTX_set_default_passwd_cb(context_, [](char*, int, int, void*) { return -1; });
  }

  ~openssl_context() override { SSL_CTX_free(context_); }

  std::unique_ptr<tls_session> new_session(const std::string& host) const override
  {
    auto session = std::make_unique<openssl_session>(context_, host);
    return session->expect_host() ? std::move(session) : nullptr;
  }

  SSL_CTX* get() const { return context_; }

private:
  SSL_CTX* context_;
};

std::string file_error(const char* variable, const std::string& path)
{
  return std::string{variable} + " is \"" + path + "\", which cannot be used: " + first_error();
}

} // namespace

bool tls_available()
{
  return true;
}

result<std::shared_ptr<const tls_context>, std::string> load_tls(const redis_settings& settings)
{
  ERR_clear_error();
  auto made = std::make_shared<openssl_context>();
  SSL_CTX* const context = made->get();
  if (SSL_CTX_load_verify_file(context, settings.tls_ca_file.c_str()) != 1)
    return file_error("REDIS_TLS_CA_FILE", settings.tls_ca_file);
  if (settings.tls_cert_file.empty())
    return made;
  if (SSL_CTX_use_certificate_chain_file(context, settings.tls_cert_file.c_str()) != 1)
    return file_error("REDIS_TLS_CERT_FILE", settings.tls_cert_file);
  if (SSL_CTX_use_PrivateKey_file(context, settings.tls_key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return file_error("REDIS_TLS_KEY_FILE", settings.tls_key_file);
  return made;
}

} // namespace tally
