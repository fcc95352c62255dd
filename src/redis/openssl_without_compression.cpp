// The functions by which a static libcrypto reaches zlib and zstd, as OpenSSL defines them in a
// build without compression (no-zlib, no-zstd in crypto/comp of OpenSSL 3.5). Without them the
// linker adds both libraries, 0.8 MB. Nothing is lost: TLS 1.3 has no compression, and certificates
// are small.
#include <openssl/bio.h>
#include <openssl/comp.h>

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
