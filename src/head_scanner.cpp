#include <tally/head_scanner.hpp>
#include <tally/http_syntax.hpp>

#include <cstring>
#include <ostream> // what Beast's status.hpp leaves to who includes it
#include <string_view>

namespace tally {

using boost::beast::http::status;
using refusal = std::optional<status>;

namespace {

constexpr bool is_digit(char byte)
{
  return byte >= '0' && byte <= '9';
}

} // namespace

refusal head_scanner::scan(std::span<char> message)
{
  while (!complete_) {
    const auto unseen = message.subspan(seen_);
    const void* const found =
        unseen.empty() ? nullptr : std::memchr(unseen.data(), '\n', unseen.size());
    if (!found)
      break;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - message.data());
    // RFC 9112, 2.2: a line ends in CRLF. Who takes a bare LF for an end, and who does not, see two
    // different requests.
    if (end == line_ || message[end - 1] != '\r')
      return status::bad_request;
    seen_ = end + 1;
    if (const refusal why = end_line(message.subspan(line_, end - 1 - line_)))
      return why;
    line_ = seen_;
  }
  if (line_ - begin_ > max_head_)
    return status::request_header_fields_too_large;
  if (complete_)
    return std::nullopt;

  seen_ = message.size();
  const std::size_t unended = message.size() - line_;
  if (!has_request_line_ && unended != 0) {
    // What is no request from its first byte on (TLS, say) need not go on to an end of line.
    if (!is_token(message[line_]) && message[line_] != '\r')
      return status::bad_request;
    if (unended > max_target_ + std::strlen("OPTIONS  HTTP/1.1\r"))
      return status::uri_too_long;
  }
  if (message.size() - begin_ > max_head_)
    return status::request_header_fields_too_large;
  return std::nullopt;
}

refusal head_scanner::end_line(std::span<char> line)
{
  if (!has_request_line_ && line.empty()) {
    begin_ = seen_;
    return seen_ > max_head_ ? refusal{status::bad_request} : std::nullopt;
  }
  if (!has_request_line_)
    return take_request_line(line);
  complete_ = line.empty();
  // RFC 9112, 5.2 and 2.2: obs-fold, or white space before the first field.
  if (!complete_ && (line.front() == ' ' || line.front() == '\t'))
    return status::bad_request;
  return std::nullopt;
}

// RFC 9112, 3: method SP request-target SP HTTP-version. Of all this the parser knows, but for the
// sizes, and for versions that are well-formed and unknown to it.
refusal head_scanner::take_request_line(std::span<char> line)
{
  constexpr std::string_view form = " HTTP/1.1";
  has_request_line_ = true;
  if (line.size() <= form.size())
    return status::bad_request;
  const auto version = line.last(form.size());
  if (std::memcmp(version.data(), form.data(), form.find('1')) != 0 || !is_digit(version[6]) ||
      version[7] != '.' || !is_digit(version[8]))
    return status::bad_request;
  if (version[6] != '1')
    return status::http_version_not_supported;
  if (version[8] > '1')
    version[8] = '1';

  const std::string_view rest{line.data(), line.size() - form.size()};
  const auto space = rest.find(' ');
  if (space != rest.npos && rest.size() - space - 1 > max_target_)
    return status::uri_too_long;
  return std::nullopt;
}

} // namespace tally
