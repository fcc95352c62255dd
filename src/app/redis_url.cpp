#include "app/redis_url.hpp"

#include "app/bad_value.hpp"

#include <tally/base/text.hpp>

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <sys/un.h>
#include <utility>

namespace tally {
namespace {

// The URL may hold a password, so no message has a part of it.
[[noreturn]] void refuse_url(const std::string& error)
{
  throw bad_value{"REDIS_URL " + error};
}

// Removes the text before the first of these characters, or all of it; returns it.
std::string_view take_until(std::string_view& text, std::string_view characters)
{
  const auto taken = text.substr(0, text.find_first_of(characters));
  text.remove_prefix(taken.size());
  return taken;
}

std::string decode(std::string_view text, const std::string& part)
{
  std::string decoded;
  while (!text.empty()) {
    auto byte = take_encoded_byte(text);
    if (!byte) {
      if (text.front() == '%')
        refuse_url("has a \"%\" in its " + part +
                   " that does not begin an encoded byte: write %25");
      byte = text.front();
      text.remove_prefix(1);
    }
    if (*byte == '\0')
      refuse_url("has a null byte in its " + part);
    decoded += *byte;
  }
  return decoded;
}

template <class Number>
Number parse_in_range(std::string_view text, const std::string& part, Number min, Number max)
{
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number < min || number > max)
    refuse_url("has a " + part + " that is not a whole number from " + std::to_string(min) +
               " to " + std::to_string(max));
  return number;
}

unsigned parse_database(std::string_view text)
{
  constexpr unsigned max = std::numeric_limits<std::int32_t>::max();
  return parse_in_range<unsigned>(text, "database", 0, max);
}

// Removes `[user][:password]@`.
void take_credentials(std::string_view& authority, redis_settings& redis)
{
  const auto end = authority.rfind('@');
  if (end == authority.npos)
    return;
  std::string_view user = authority.substr(0, end);
  authority.remove_prefix(end + 1);
  const auto colon = user.find(':');
  if (colon != user.npos) {
    redis.password = decode(user.substr(colon + 1), "password");
    user = user.substr(0, colon);
  }
  redis.username = decode(user, "user");
}

// `host`, `host:port` or `[IPv6]:port`.
void read_host(std::string_view authority, redis_settings& redis)
{
  if (authority.starts_with('[')) {
    authority.remove_prefix(1);
    redis.host = take_until(authority, "]");
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(redis.host, error);
    if (error || authority.empty())
      refuse_url("has no IPv6 address between its brackets");
    authority.remove_prefix(1);
  } else {
    redis.host = take_until(authority, ":");
  }
  if (redis.host.empty())
    refuse_url("names no host: write redis://host, redis://host:6379/0 or unix:///path");
  if (redis.host.find_first_of("[]%\\ ") != redis.host.npos)
    refuse_url("has a host that is neither a name nor an IP address");
  if (authority.starts_with(':'))
    redis.port = parse_in_range<std::uint16_t>(authority.substr(1), "port", 1, 65535);
  else if (!authority.empty())
    refuse_url("has text after its IPv6 address that is no port");
}

void read_socket(std::string_view authority, std::string_view path, std::string_view query,
                 redis_settings& redis)
{
  redis.socket = decode(path, "path");
  if (!authority.empty() || redis.socket.empty())
    refuse_url("names no socket: write unix:///path, with three slashes");
  if (redis.socket.size() >= sizeof sockaddr_un::sun_path)
    refuse_url("has a path of more than " + std::to_string(sizeof sockaddr_un::sun_path - 1) +
               " bytes, which the system does not permit for a socket");
  if (query.empty())
    return;
  if (!query.starts_with("?db="))
    refuse_url("has a query other than ?db=number");
  redis.db = parse_database(query.substr(4));
}

} // namespace

void read_redis_url(const std::string& url, redis_settings& redis)
{
  const auto colon = url.find("://");
  const std::string scheme = url.substr(0, colon);
  if (colon == url.npos || (scheme != "redis" && scheme != "rediss" && scheme != "unix"))
    refuse_url("does not begin with redis://, rediss:// (TLS) or unix://");
  std::string_view rest{url};
  rest.remove_prefix(colon + 3);
  std::string_view authority = take_until(rest, "/?#");
  const std::string_view path = take_until(rest, "?#");
  take_credentials(authority, redis);
  if (scheme == "unix") {
    read_socket(authority, path, rest, redis);
  } else {
    if (!rest.empty())
      refuse_url("has a query or a fragment: percent-encode \"?\" and \"#\" in a password");
    read_host(authority, redis);
    if (path.size() > 1)
      redis.db = parse_database(path.substr(1));
  }
  redis.tls = scheme == "rediss";
}

} // namespace tally
