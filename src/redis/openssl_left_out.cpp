// Keeps zlib, zstd and AES-GCM for AVX-512 out of a static Tally, 1.5 MB. libcrypto finds these
// functions in place of its own, so the linker does not add what its own would call.

#include <cstdlib>
#include <openssl/bio.h>
#include <openssl/comp.h>

// zlib and zstd, as in a build of OpenSSL without compression (no-zlib, no-zstd in crypto/comp of
// OpenSSL 3.5). Nothing is lost: OpenSSL compresses no data of TLS 1.2 by default, TLS 1.3 cannot,
// and a certificate is too small to gain from compression.
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
// libcrypto's AES-GCM for AVX-512 takes 0.7 MB (crypto/modes/asm/aes-gcm-avx512.pl). Without it
// OpenSSL uses AES-NI, which is fast enough: most replies have less than 100 bytes.
extern "C" {
int ossl_vaes_vpclmulqdq_capable()
{
  return 0;
}

// OpenSSL calls none of these, because of the 0 above.
static void never_called()
{
  std::abort();
}
[[gnu::alias("never_called")]] void ossl_aes_gcm_decrypt_avx512();
[[gnu::alias("never_called")]] void ossl_aes_gcm_encrypt_avx512();
[[gnu::alias("never_called")]] void ossl_aes_gcm_finalize_avx512();
[[gnu::alias("never_called")]] void ossl_aes_gcm_init_avx512();
[[gnu::alias("never_called")]] void ossl_aes_gcm_setiv_avx512();
[[gnu::alias("never_called")]] void ossl_aes_gcm_update_aad_avx512();
[[gnu::alias("never_called")]] void ossl_gcm_gmult_avx512();
}
#endif
