#include "http/chunk_syntax.hpp"
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

} // namespace

request_parser::request_parser(request& request, const http_settings& limits)
    : request_{request}, head_{limits.max_target_bytes, limits.max_header_bytes},
      max_extensions_{limits.max_header_bytes}
{
  request_.clear();
  eager(true);
  header_limit(std::numeric_limits<std::uint32_t>::max()); // head_scanner enforces the limit
  body_limit(limits.max_body_bytes);
}

std::size_t request_parser::parse(std::span<char> bytes)
{
  std::size_t begin = 0;
  if (!is_header_done()) {
    error_status_ = head_.scan(bytes);
    if (error_status_ || !head_.complete())
      return 0;
    begin = head_.begin();
  } else if (between_chunks() && is_short_last_chunk({bytes.data(), bytes.size()})) {
    return 0;
  }
  error_code error;
  parsing_ = std::string_view{bytes.data(), bytes.size()}.substr(begin);
  const std::size_t used = put(boost::asio::buffer(parsing_.data(), parsing_.size()), error);
  const bool unfinished = error == http::error::need_more;
  if (unfinished && between_chunks() && line_ends_in_quotes(parsing_.substr(used)))
    error_status_ = status::bad_request;
  else if (error && !unfinished && !error_status_)
    error_status_ = status_for(error);
  return begin + used;
}

// The status for an error of Beast's parser.
status request_parser::status_for(error_code error) const
{
  if (error == http::error::body_limit)
    return status::payload_too_large;
  // RFC 9112, 6.1: an unknown coding, and nothing else is wrong.
  if (error == http::error::bad_transfer_encoding && !is_header_done() && version_ >= 11 &&
      content_lengths_ == 0)
    return status::not_implemented;
  return status::bad_request;
}

bool request_parser::between_chunks() const
{
  return is_header_done() && chunked() && chunk_left_ == 0;
}

void request_parser::refuse(http::status code, error_code& error)
{
  error_status_ = code;
  error = http::error::bad_field; // any error ends the parse
}

bool request_parser::consume_expect_continue()
{
  return is_header_done() && version_ >= 11 && std::exchange(expects_continue_, false);
}

void request_parser::on_request_impl(http::verb method, string_view, string_view target,
                                     int version, error_code& error)
{
  version_ = version;
  if (!is_target(method, {target.data(), target.size()}))
    return refuse(status::bad_request, error);
  request_.method = method;
  request_.target.assign(target.data(), target.size());
}

void request_parser::on_field_impl(http::field name, string_view name_text, string_view value,
                                   error_code& error)
{
  if (is_header_done()) // RFC 9110, 6.5.1: a trailer field is not a header field
    return;
  switch (name) {
  case http::field::host:
    if (++hosts_ > 1 || !is_host({value.data(), value.size()}))
      refuse(status::bad_request, error); // RFC 9112, 3.2
    break;
  case http::field::content_length:
    // Stricter than RFC 9112, 6.3, and Beast, which accept a list of equal numbers.
    if (++content_lengths_ > 1 || !is_number({value.data(), value.size()}))
      refuse(status::bad_request, error);
    break;
  case http::field::transfer_encoding:
    ++transfer_codings_;
    chunked_only_ = chunked_only_ && iequals(value, "chunked");
    break;
  case http::field::connection:
    // RFC 9112, 9.3: close takes precedence over keep-alive in any order. Beast gives precedence to
    // the first one, and also obeys Proxy-Connection.
    close_requested_ = close_requested_ || http::token_list{value}.exists("close");
    keep_alive_requested_ = keep_alive_requested_ || http::token_list{value}.exists("keep-alive");
    break;
  case http::field::expect:
    expects_continue_ = expects_continue_ || http::token_list{value}.exists("100-continue");
    break;
  case http::field::accept:
    append_to_list(request_.accept, {value.data(), value.size()});
    break;
  case http::field::if_none_match:
    append_to_list(request_.if_none_match, {value.data(), value.size()});
    break;
  default:
    // Browsers and crawlers mark a prefetch with Sec-Purpose (Fetch: "prefetch", also
    // "prefetch;prerender") or with one of its older names.
    if (iequals(name_text, "Sec-Purpose") || iequals(name_text, "Purpose") ||
        iequals(name_text, "X-Moz"))
      request_.prefetch |= contains(value, "prefetch");
    else if (iequals(name_text, "X-Purpose"))
      request_.prefetch |= contains(value, "preview");
    else if (iequals(name_text, "X-Request-ID") && is_request_id({value.data(), value.size()}))
      request_.id.assign(value.data(), value.size());
    else if (iequals(name_text, "Idempotency-Key") &&
             (request_.idempotency_keys == 0 || request_.idempotency_key != value)) {
      ++request_.idempotency_keys;
      request_.idempotency_key.assign(value.data(), value.size());
    }
    break;
  }
}

// For an unknown transfer coding Beast assumes no body, and would parse the body as the next
// request.
void request_parser::on_header_impl(error_code& error)
{
  // RFC 9112, 6.1: the response to an unknown coding is 501. A coding together with Content-Length,
  // or in HTTP/1.0, may be an attack.
  const bool ambiguous = transfer_codings_ != 0 && (content_lengths_ != 0 || version_ < 11);
  // RFC 9112, 3.2: an HTTP/1.1 request has a Host field.
  const bool host_missing = version_ >= 11 && hosts_ == 0;
  if (ambiguous || host_missing)
    refuse(status::bad_request, error);
  else if (transfer_codings_ > 1 || !chunked_only_)
    refuse(status::not_implemented, error);
}

// RFC 9112, 7.1.1: extensions are ignored, and their size is limited. Within quotes Beast accepts
// any byte, even a LF, where another server would end the line.
void request_parser::on_chunk_header_impl(std::uint64_t size, string_view extensions,
                                          error_code& error)
{
  chunk_left_ = size;
  const bool last = size == 0;
  const auto line_end =
      static_cast<std::size_t>(extensions.data() - parsing_.data()) + extensions.size();
  if (!std::all_of(extensions.begin(), extensions.end(), is_text) ||
      (last && has_folded_line(parsing_.substr(line_end))))
    refuse(status::bad_request, error);
  else if (extensions.size() > max_extensions_)
    refuse(status::payload_too_large, error);
  else
    max_extensions_ -= extensions.size();
}

} // namespace tally
