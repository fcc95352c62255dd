#include "http/syntax.hpp"

#include <tally/http/head_scanner.hpp>

#include <algorithm>
#include <cstring>
#include <ostream> // needed by Beast's status.hpp, which does not include it
#include <string_view>

namespace tally {

using boost::beast::http::status;
using error_status = std::optional<status>;

namespace {

constexpr bool is_digit(char byte)
{
  return byte >= '0' && byte <= '9';
}

} // namespace

error_status head_scanner::scan(std::span<char> message)
{
  while (!complete_) {
    if (!has_request_line_ && !may_be_request(message.subspan(line_)))
      return status::bad_request;
    const auto unscanned = message.subspan(scanned_);
    const void* const line_feed =
        unscanned.empty() ? nullptr : std::memchr(unscanned.data(), '\n', unscanned.size());
    if (!line_feed)
      break;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(line_feed) - message.data());
    if (const error_status error = check_size(end + 1))
      return error;
    // RFC 9112, 2.2: a line ends in CRLF. Programs that accept a bare LF and programs that do not
    // would see different requests.
    if (end == line_ || message[end - 1] != '\r')
      return status::bad_request;
    scanned_ = end + 1;
    if (const error_status error = end_line(message.subspan(line_, end - 1 - line_)))
      return error;
    line_ = scanned_;
  }
  if (complete_)
    return std::nullopt;

  scanned_ = message.size();
  return check_size(message.size());
}

// Rejects bytes that do not begin with a method (TLS, for example) before a line end arrives. The
// line may be an empty one before the request line.
bool head_scanner::may_be_request(std::span<const char> line) const
{
  line = line.first(std::min(line.size(), max_request_line() + 2));
  const auto end = std::find_if_not(line.begin(), line.end(), is_token);
  return end == line.end() || (end == line.begin() ? *end == '\r' : *end == ' ');
}

// The head extends at least to `end`: the end of a line, or of what has arrived.
error_status head_scanner::check_size(std::size_t end) const
{
  if (!has_request_line_ && end - line_ > max_request_line() + 2) // CR LF
    return status::uri_too_long;
  return end - begin_ > max_head_ ? error_status{status::request_header_fields_too_large}
                                  : std::nullopt;
}

// The largest target with the longest method in common use.
std::size_t head_scanner::max_request_line() const
{
  return max_target_ + std::string_view{"PROPPATCH  HTTP/1.1"}.size();
}

error_status head_scanner::end_line(std::span<char> line)
{
  if (!has_request_line_ && line.empty()) {
    begin_ = scanned_;
    return scanned_ > max_head_ ? error_status{status::bad_request} : std::nullopt;
  }
  if (!has_request_line_)
    return scan_request_line(line);
  complete_ = line.empty();
  // RFC 9112, 5.2 and 2.2: obs-fold, or white space before the first field.
  if (!complete_ && (line.front() == ' ' || line.front() == '\t'))
    return status::bad_request;
  return std::nullopt;
}

// RFC 9112, 3: method SP request-target SP HTTP-version. The parser checks the rest; this handles
// the size limits, and the well-formed versions that the parser does not know.
error_status head_scanner::scan_request_line(std::span<char> line)
{
  constexpr std::string_view version_form = " HTTP/1.1";
  has_request_line_ = true;
  if (line.size() <= version_form.size())
    return status::bad_request;
  const auto version = line.last(version_form.size());
  if (std::memcmp(version.data(), version_form.data(), version_form.find('1')) != 0 ||
      !is_digit(version[6]) || version[7] != '.' || !is_digit(version[8]))
    return status::bad_request;
  if (version[6] != '1')
    return status::http_version_not_supported;
  if (version[8] > '1')
    version[8] = '1';

  const std::string_view rest{line.data(), line.size() - version_form.size()};
  const auto space = rest.find(' ');
  const bool too_long = space != rest.npos && rest.size() - space - 1 > max_target_;
  return too_long ? error_status{status::uri_too_long} : std::nullopt;
}

} // namespace tally
