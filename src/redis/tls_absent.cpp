// In place of tls_openssl.cpp if hiredis has no TLS. The configuration refuses rediss:// then.

#include <tally/redis/tls.hpp>

namespace tally {

bool tls_available()
{
  return false;
}

result<std::shared_ptr<const tls_context>, std::string> load_tls(const redis_settings&)
{
  return std::string{"this Tally was built without TLS"};
}

} // namespace tally
