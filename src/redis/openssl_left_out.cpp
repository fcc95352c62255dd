// The parts of a static libcrypto that Tally leaves out: 1.5 MB. The functions by which OpenSSL
// reaches them replace its own.

#include <cstdlib>
#include <openssl/bio.h>
#include <openssl/comp.h>

// zlib and zstd, as in a build of OpenSSL without compression (no-zlib, no-zstd in crypto/comp of
// OpenSSL 3.5). Nothing is lost: TLS 1.3 has no compression, and certificates are small.
extern "C" {
COMP_METHOD* COMP_zlib()
{
  return nullptr;
}
COMP_METHOD* COMP_zlib_oneshot()
{
  return nullptr;
}
const BIO_METHOD* BIO_f_zlib()
{
  return nullptr;
}
void ossl_comp_zlib_cleanup() {}

COMP_METHOD* COMP_zstd()
{
  return nullptr;
}
COMP_METHOD* COMP_zstd_oneshot()
{
  return nullptr;
}
const BIO_METHOD* BIO_f_zstd()
{
  return nullptr;
}
void ossl_comp_zstd_cleanup() {}
}

#ifdef __x86_64__
// AES-GCM for AVX-512, of which libcrypto has 0.7 MB (crypto/modes/asm/aes-gcm-avx512.pl). OpenSSL
// then uses AES-NI, which is fast enough for replies of some ten bytes.
extern "C" {
int ossl_vaes_vpclmulqdq_capable()
{
  return 0;
}

// Never called after that answer.
[[noreturn]] void ossl_aes_gcm_decrypt_avx512()
{
  std::abort();
}
[[noreturn]] void ossl_aes_gcm_encrypt_avx512()
{
  std::abort();
}
[[noreturn]] void ossl_aes_gcm_finalize_avx512()
{
  std::abort();
}
[[noreturn]] void ossl_aes_gcm_init_avx512()
{
  std::abort();
}
[[noreturn]] void ossl_aes_gcm_setiv_avx512()
{
  std::abort();
}
[[noreturn]] void ossl_aes_gcm_update_aad_avx512()
{
  std::abort();
}
[[noreturn]] void ossl_gcm_gmult_avx512()
{
  std::abort();
}
}
#endif
