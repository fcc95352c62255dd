#include "http/syntax.hpp"

#include <tally/http/request_parser.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tally {

namespace http = boost::beast::http;
using boost::beast::iequals;
using http::status;

namespace {

bool contains(boost::beast::string_view text, boost::beast::string_view word)
{
  for (; text.size() >= word.size(); text.remove_prefix(1))
    if (iequals(text.substr(0, word.size()), word))
      return true;
  return false;
}

bool is_number(std::string_view text)
{
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// The same rule as in nginx, which replaces any other id with one of its own.
bool is_request_id(std::string_view text)
{
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string_view behind_data(std::string_view chunk)
{
  return chunk.starts_with("\r\n") ? chunk.substr(2) : chunk;
}

// A last chunk is at least `0 CRLF CRLF`, and Beast asserts that it is given that much at once.
bool is_too_little(std::string_view chunk)
{
  return chunk.size() < 5 && chunk.starts_with("0\r\n");
}

// Whether a chunk's line has come, and ends within quotes. Beast would look for the end of the
// quotes in the lines behind it, and take the chunk off the limit of the body at each try.
bool ends_in_quotes(std::string_view chunk)
{
  chunk = behind_data(chunk);
  const auto end = chunk.find("\r\n");
  if (end == chunk.npos)
    return false;
  bool quoted = false;
  for (std::size_t at = 0; at < end; ++at) {
    if (chunk[at] == '"')
      quoted = !quoted;
    else if (chunk[at] == '\\' && quoted)
      ++at;
  }
  return quoted;
}

// Whether one of the lines up to the empty one goes on with white space: obs-fold (RFC 9112, 5.2).
bool folds(std::string_view lines)
{
  lines = lines.substr(0, lines.find("\r\n\r\n"));
  return lines.find("\r\n ") != lines.npos || lines.find("\r\n\t") != lines.npos;
}

} // namespace

request_parser::request_parser(request& into, const http_settings& limits)
    : request_{into}, head_{limits.max_target_bytes, limits.max_header_bytes},
      max_extensions_{limits.max_header_bytes}
{
  request_.method = http::verb::unknown;
  request_.target.clear();
  request_.prefetch = false;
  request_.id.clear();
  eager(true);
  header_limit(std::numeric_limits<std::uint32_t>::max()); // the head_scanner's to keep
  body_limit(limits.max_body_bytes);
}

std::size_t request_parser::parse(std::span<char> bytes)
{
  std::size_t begin = 0;
  if (!is_header_done()) {
    refused_ = head_.scan(bytes);
    if (refused_ || !head_.complete())
      return 0;
    begin = head_.begin();
  } else if (between_chunks() && is_too_little({bytes.data(), bytes.size()})) {
    return 0;
  }
  error_code failure;
  given_ = std::string_view{bytes.data(), bytes.size()}.substr(begin);
  const std::size_t used = put(boost::asio::buffer(given_.data(), given_.size()), failure);
  const bool unfinished = failure == http::error::need_more;
  if (unfinished && between_chunks() && ends_in_quotes(given_.substr(used)))
    refused_ = status::bad_request;
  else if (failure && !unfinished && !refused_)
    refused_ = reason(failure);
  return begin + used;
}

// Why Beast's parser, or do_field() in it, did not go on.
status request_parser::reason(error_code failure) const
{
  if (failure == http::error::body_limit)
    return status::payload_too_large;
  // RFC 9112, 6.1: a coding that is not understood, unless more is wrong with it.
  if (failure == http::error::bad_transfer_encoding && !is_header_done() && version_ >= 11 &&
      lengths_ == 0)
    return status::not_implemented;
  return status::bad_request;
}

bool request_parser::between_chunks() const
{
  return is_header_done() && chunked() && chunk_left_ == 0;
}

void request_parser::refuse(status why, error_code& failure)
{
  refused_ = why;
  failure = http::error::bad_field; // any: it ends the parse
}

bool request_parser::takes_continue()
{
  return is_header_done() && version_ >= 11 && std::exchange(expects_continue_, false);
}

void request_parser::on_request_impl(http::verb method, string_view, string_view target,
                                     int version, error_code& failure)
{
  version_ = version;
  if (!is_target(method, {target.data(), target.size()}))
    return refuse(status::bad_request, failure);
  request_.method = method;
  request_.target.assign(target.data(), target.size());
}

void request_parser::on_field_impl(http::field name, string_view name_text, string_view value,
                                   error_code& failure)
{
  if (is_header_done()) // RFC 9110, 6.5.1: a trailer is no header
    return;
  switch (name) {
  case http::field::host:
    if (++hosts_ > 1 || !is_host({value.data(), value.size()}))
      refuse(status::bad_request, failure); // RFC 9112, 3.2
    break;
  case http::field::content_length:
    // RFC 9112, 6.3 would let a list of equal numbers pass, and Beast does.
    if (++lengths_ > 1 || !is_number({value.data(), value.size()}))
      refuse(status::bad_request, failure);
    break;
  case http::field::transfer_encoding:
    ++codings_;
    chunked_only_ = chunked_only_ && iequals(value, "chunked");
    break;
  case http::field::connection:
    // RFC 9112, 9.3: close goes before keep-alive, whichever comes first. Beast has it otherwise,
    // and obeys a Proxy-Connection too.
    closes_ = closes_ || http::token_list{value}.exists("close");
    keeps_ = keeps_ || http::token_list{value}.exists("keep-alive");
    break;
  case http::field::expect:
    expects_continue_ = expects_continue_ || http::token_list{value}.exists("100-continue");
    break;
  default:
    // What browsers and crawlers send ahead of a visit: Sec-Purpose (Fetch, "prefetch", also
    // "prefetch;prerender"), and the names that came before it.
    if (iequals(name_text, "Sec-Purpose") || iequals(name_text, "Purpose") ||
        iequals(name_text, "X-Moz"))
      request_.prefetch |= contains(value, "prefetch");
    else if (iequals(name_text, "X-Purpose"))
      request_.prefetch |= contains(value, "preview");
    else if (iequals(name_text, "X-Request-ID") && is_request_id({value.data(), value.size()}))
      request_.id.assign(value.data(), value.size());
    break;
  }
}

// Beast takes a coding it does not know for no body at all: the body would then run as the next
// request.
void request_parser::on_header_impl(error_code& failure)
{
  // RFC 9112, 6.1: a server that receives a coding it does not understand should answer 501; one
  // with Content-Length beside it, or in HTTP/1.0, is to be taken for an attack.
  const bool ambiguous = codings_ != 0 && (lengths_ != 0 || version_ < 11);
  // RFC 9112, 3.2: a request of HTTP/1.1 has a Host.
  const bool misaddressed = version_ >= 11 && hosts_ == 0;
  if (ambiguous || misaddressed)
    refuse(status::bad_request, failure);
  else if (codings_ > 1 || !chunked_only_)
    refuse(status::not_implemented, failure);
}

// RFC 9112, 7.1.1: extensions are ignored, and their size is limited. Beast takes any byte within
// quotes: also the LF that another server would end the line at.
void request_parser::on_chunk_header_impl(std::uint64_t size, string_view extensions,
                                          error_code& failure)
{
  chunk_left_ = size;
  const bool last = size == 0;
  const auto line_end =
      static_cast<std::size_t>(extensions.data() - given_.data()) + extensions.size();
  if (!std::all_of(extensions.begin(), extensions.end(), is_text) ||
      (last && folds(given_.substr(line_end))))
    refuse(status::bad_request, failure);
  else if (extensions.size() > max_extensions_)
    refuse(status::payload_too_large, failure);
  else
    max_extensions_ -= extensions.size();
}

} // namespace tally
