#include <tally/request_parser.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <utility>

namespace tally {

namespace http = boost::beast::http;
using boost::beast::iequals;

namespace {

bool contains(boost::beast::string_view text, boost::beast::string_view word)
{
  for (; text.size() >= word.size(); text.remove_prefix(1))
    if (iequals(text.substr(0, word.size()), word))
      return true;
  return false;
}

} // namespace

request_parser::request_parser(request& into, const http_settings& limits)
    : request_{into}, max_header_{limits.max_header_bytes}
{
  request_.method = http::verb::unknown;
  request_.target.clear();
  request_.prefetch = false;
  eager(true);
  header_limit(limits.max_header_bytes);
  body_limit(limits.max_body_bytes);
}

http::status request_parser::refusal(boost::beast::error_code failure) const
{
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
    return http::status::request_header_fields_too_large;
  if (failure == http::error::body_limit)
    return http::status::payload_too_large;
  if (failure == http::error::bad_version)
    return http::status::http_version_not_supported;
  if (failure == http::error::bad_transfer_encoding && version() >= 11 && !has_length_)
    return http::status::not_implemented;
  return http::status::bad_request;
}

bool request_parser::takes_continue()
{
  return is_header_done() && version() >= 11 && std::exchange(expects_continue_, false);
}

void request_parser::on_request_impl(http::verb method, string_view, string_view target,
                                     int version, error_code&)
{
  version_ = version;
  request_.method = method;
  header_ = target.size();
  request_.target.assign(target.data(), target.size());
}

void request_parser::on_field_impl(http::field name, string_view name_text, string_view value,
                                   error_code& failure)
{
  // Beast limits what is unread of a header, and reads it field by field.
  header_ += name_text.size() + value.size() + 4;
  if (header_ > max_header_)
    failure = http::error::header_limit;
  switch (name) {
  case http::field::host:
    ++hosts_;
    break;
  case http::field::content_length:
    has_length_ = true;
    break;
  case http::field::transfer_encoding:
    ++codings_;
    chunked_only_ = chunked_only_ && iequals(value, "chunked");
    break;
  case http::field::expect:
    expects_continue_ = iequals(value, "100-continue");
    break;
  default:
    // What browsers and crawlers send ahead of a visit: Sec-Purpose (Fetch, "prefetch", also
    // "prefetch;prerender"), and the names that came before it.
    if (iequals(name_text, "Sec-Purpose") || iequals(name_text, "Purpose") ||
        iequals(name_text, "X-Moz"))
      request_.prefetch |= contains(value, "prefetch");
    else if (iequals(name_text, "X-Purpose"))
      request_.prefetch |= contains(value, "preview");
    break;
  }
}

// Beast takes a coding it does not know for no body at all: the body would then run as the next
// request.
void request_parser::on_header_impl(error_code& failure)
{
  // RFC 9112, 6.1: a server that receives a coding it does not understand should answer 501; one
  // with Content-Length beside it, or in HTTP/1.0, is to be taken for an attack.
  const bool ambiguous = codings_ != 0 && (has_length_ || version() < 11);
  // RFC 9112, 3.2: exactly one Host in HTTP/1.1.
  const bool misaddressed = hosts_ > 1 || (version() >= 11 && hosts_ == 0);
  if (ambiguous || misaddressed)
    failure = http::error::bad_field;
  else if (codings_ > 1 || !chunked_only_)
    failure = http::error::bad_transfer_encoding;
}

} // namespace tally
