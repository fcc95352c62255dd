#include "app/redis_config.hpp"

#include "app/bad_value.hpp"
#include "app/redis_url.hpp"

#include <tally/redis/password_file.hpp>
#include <tally/redis/tls.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace tally {
namespace {

void read_url(const environment& variables, redis_settings& redis)
{
  if (redis.url.empty())
    return;
  for (const std::string name :
       {"REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_USERNAME", "REDIS_PASSWORD"})
    if (value_of(variables, name.c_str()))
      throw bad_value{"REDIS_URL and " + name + " are both set: set only one of them"};
  read_redis_url(redis.url, redis);
  redis.url.resize(redis.url.find("://") + 3);
  redis.url += address_text(redis);
  redis.url += redis.socket.empty() ? "/" : "?db=";
  redis.url += std::to_string(redis.db);
}

// The password of the user may also be in the URL.
void read_login(redis_settings& redis)
{
  if (!redis.url.empty() && !redis.password.empty() && !redis.password_file.empty())
    throw bad_value{"REDIS_URL has a password, and REDIS_PASSWORD_FILE is set: set only one of "
                    "them"};
  // What stands before "@" without a colon may be meant as a password.
  if (!redis.url.empty() && !redis.username.empty() && redis.password.empty() &&
      redis.password_file.empty())
    throw bad_value{"REDIS_URL has a user without a password: write redis://user:password@host, "
                    "or redis://:password@host for the default user, or set REDIS_PASSWORD_FILE"};
  complete_login("REDIS", redis.username, redis.password, redis.password_file);
}

// A URL, a host with a port or the path of a socket would never resolve.
bool is_plain_host(const std::string& host)
{
  boost::system::error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  return !not_numeric || host.find_first_of(":/[]@") == host.npos;
}

// A URL may hold a password, which must not be in a message.
std::string without_credentials(const std::string& url)
{
  const auto end = url.rfind('@');
  return end == url.npos ? url : "..." + url.substr(end);
}

void check_tls(const environment& variables, const redis_settings& redis)
{
  for (const std::string name : {"REDIS_TLS_CA_FILE", "REDIS_TLS_CERT_FILE", "REDIS_TLS_KEY_FILE"})
    if (!redis.tls && value_of(variables, name.c_str()))
      throw bad_value{name +
                      " is set, but no TLS: it needs a REDIS_URL that begins with rediss://"};
  if (redis.tls_cert_file.empty() != redis.tls_key_file.empty())
    throw bad_value{"only one of REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE is set: set both of "
                    "them, or none"};
  if (redis.tls && !tls_available())
    throw bad_value{"REDIS_URL begins with rediss://, but this Tally was built without TLS: that "
                    "needs hiredis 1.0 or later with libhiredis_ssl, and OpenSSL"};
}

} // namespace

void complete_login(const std::string& prefix, const std::string& username, std::string& password,
                    const std::string& password_file)
{
  const std::string variable = prefix + "_PASSWORD";
  if (!password_file.empty()) {
    if (!password.empty())
      throw bad_value{variable + " and " + variable + "_FILE are both set: set only one of them"};
    auto read = read_password_file(password_file);
    if (!read)
      throw bad_value{variable + "_FILE is \"" + password_file + "\", which " + read.error()};
    password = std::move(*read);
  }
  if (!username.empty() && password.empty())
    throw bad_value{prefix + "_USERNAME is \"" + username + "\" without a password: set " +
                    variable + " or " + variable + "_FILE too"};
}

void complete_redis_settings(const environment& variables, redis_settings& redis)
{
  if (!is_plain_host(redis.host))
    refuse("REDIS_HOST", without_credentials(redis.host),
           "a plain host name or IP address: set REDIS_HOST to the host, without scheme, path or "
           "brackets, and REDIS_PORT to its port; or set REDIS_URL instead");
  read_url(variables, redis);
  read_login(redis);
  check_tls(variables, redis);
  if (redis.backoff_max < redis.backoff_min)
    refuse("TALLY_REDIS_BACKOFF_MIN_MS", std::to_string(redis.backoff_min.count()),
           "at most TALLY_REDIS_BACKOFF_MAX_MS, " + std::to_string(redis.backoff_max.count()));
  // Otherwise Tally would give up the connection before Redis says how many replicas confirmed.
  if (const auto limit = std::min(redis.reply_timeout, redis.connect_timeout);
      redis.replicas != 0 && redis.replicas_timeout >= limit)
    refuse("TALLY_REDIS_REPLICAS_TIMEOUT_MS", std::to_string(redis.replicas_timeout.count()),
           "less than TALLY_REDIS_REPLY_TIMEOUT_MS and TALLY_REDIS_CONNECT_TIMEOUT_MS, " +
               std::to_string(limit.count()));
}

} // namespace tally
