#include "http/syntax.hpp"

#include <boost/asio/ip/address_v6.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream> // needed by Beast's verb.hpp, which does not include it

namespace tally {
namespace {

enum byte_class : std::uint8_t {
  token = 1,
  text = 2,
  in_target = 4,
  in_name = 8, // of a host
  hex = 16,
  digit = 32,
  alpha = 64,
  in_scheme = 128,
};

constexpr auto classes = [] {
  constexpr std::string_view unreserved = "-._~";
  constexpr std::string_view sub_delims = "!$&'()*+;="; // without the comma, see is_host
  constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view not_in_target = "\"#<>";
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c != table.size(); ++c) {
    const char byte = static_cast<char>(c);
    const bool is_digit = byte >= '0' && byte <= '9';
    const bool is_alpha = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const auto is_one_of = [byte](std::string_view bytes) {
      return bytes.find(byte) != bytes.npos;
    };
    unsigned bits = 0;
    if (is_digit || is_alpha || is_one_of(token_marks))
      bits |= token;
    if (c == '\t' || (c >= ' ' && c != 127))
      bits |= text;
    if (c > ' ' && c < 127 && !is_one_of(not_in_target))
      bits |= in_target;
    if (is_digit || is_alpha || is_one_of(unreserved) || is_one_of(sub_delims))
      bits |= in_name;
    if (is_digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'))
      bits |= hex;
    if (is_digit)
      bits |= digit;
    if (is_alpha)
      bits |= alpha;
    if (is_digit || is_alpha || is_one_of("+-."))
      bits |= in_scheme;
    table[c] = static_cast<std::uint8_t>(bits);
  }
  return table;
}();

constexpr bool is(byte_class expected, char byte)
{
  return (classes[static_cast<unsigned char>(byte)] & expected) != 0;
}

bool all(byte_class expected, std::string_view bytes)
{
  return std::all_of(bytes.begin(), bytes.end(),
                     [expected](char byte) { return is(expected, byte); });
}

// RFC 3986, 3.2.2. Without a zone, which only has a meaning within one machine.
bool is_ipv6_address(std::string_view text)
{
  if (text.find('%') != text.npos)
    return false;
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(text, error);
  return !error;
}

// Returns what follows the host, or an invalid suffix if the host is invalid.
std::string_view skip_host(std::string_view value)
{
  constexpr std::string_view invalid = "?";
  if (value.starts_with('[')) {
    const auto end = value.find(']');
    const auto address = value.substr(1, end == value.npos ? 0 : end - 1);
    return is_ipv6_address(address) ? value.substr(end + 1) : invalid;
  }
  while (!value.empty()) {
    if (value.size() >= 3 && value[0] == '%' && is(hex, value[1]) && is(hex, value[2]))
      value.remove_prefix(3);
    else if (is(in_name, value[0]))
      value.remove_prefix(1);
    else
      break;
  }
  return value;
}

bool is_absolute(std::string_view target)
{
  const auto colon = target.find("://");
  if (colon == target.npos || colon == 0 || !is(alpha, target.front()) ||
      !all(in_scheme, target.substr(0, colon))) // RFC 3986, 3.1
    return false;
  // RFC 9110, 4.2.1 and 4.2.4: the host must not be empty, and userinfo is not allowed.
  const auto rest = target.substr(colon + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  return !authority.empty() && authority.front() != ':' && is_host(authority);
}

} // namespace

bool is_token(char byte)
{
  return is(token, byte);
}

bool is_text(char byte)
{
  return is(text, byte);
}

bool is_host(std::string_view value)
{
  const auto rest = skip_host(value);
  return rest.empty() || (rest.front() == ':' && all(digit, rest.substr(1)));
}

bool is_target(boost::beast::http::verb method, std::string_view target)
{
  using boost::beast::http::verb;
  if (target.empty() || !all(in_target, target))
    return false;
  if (method == verb::connect) { // authority-form: host and port (RFC 9112, 3.2.3)
    const auto port = skip_host(target);
    return port.size() > 1 && port.size() < target.size() && is_host(target);
  }
  if (target.front() == '/')
    return true;
  return target == "*" ? method == verb::options : is_absolute(target);
}

void append_to_list(std::string& list, std::string_view value)
{
  if (!list.empty())
    list += ',';
  list += value;
}

bool is_request_id(std::string_view text)
{
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

} // namespace tally
