#include "http/syntax.hpp"

#include <tally/http/head_scanner.hpp>

#include <algorithm>
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
    if (!has_request_line_ && !may_begin(message.subspan(line_)))
      return status::bad_request;
    const auto unseen = message.subspan(seen_);
    const void* const found =
        unseen.empty() ? nullptr : std::memchr(unseen.data(), '\n', unseen.size());
    if (!found)
      break;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - message.data());
    if (const refusal why = check_size(end + 1))
      return why;
    // RFC 9112, 2.2: a line ends in CRLF. Who takes a bare LF for an end, and who does not, see two
    // different requests.
    if (end == line_ || message[end - 1] != '\r')
      return status::bad_request;
    seen_ = end + 1;
    if (const refusal why = end_line(message.subspan(line_, end - 1 - line_)))
      return why;
    line_ = seen_;
  }
  if (complete_)
    return std::nullopt;

  seen_ = message.size();
  return check_size(message.size());
}

// What begins with no method (TLS, say) need not go on to an end of line. An empty line may come
// before one.
bool head_scanner::may_begin(std::span<const char> line) const
{
  line = line.first(std::min(line.size(), max_request_line() + 2));
  const auto end = std::find_if_not(line.begin(), line.end(), is_token);
  return end == line.end() || (end == line.begin() ? *end == '\r' : *end == ' ');
}

// The head goes on to `end`, at least: where a line ends, or where no more has come.
refusal head_scanner::check_size(std::size_t end) const
{
  if (!has_request_line_ && end - line_ > max_request_line() + 2) // CR LF
    return status::uri_too_long;
  return end - begin_ > max_head_ ? refusal{status::request_header_fields_too_large} : std::nullopt;
}

// A target of the largest size, with any method of those that are in use.
std::size_t head_scanner::max_request_line() const
{
  return max_target_ + std::string_view{"PROPPATCH  HTTP/1.1"}.size();
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
  const bool too_long = space != rest.npos && rest.size() - space - 1 > max_target_;
  return too_long ? refusal{status::uri_too_long} : std::nullopt;
}

} // namespace tally
