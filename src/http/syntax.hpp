#pragma once

#include <boost/beast/http/verb.hpp>

#include <string>
#include <string_view>

namespace tally {

/// Whether a byte is allowed in a token: a method or a field name (RFC 9110, 5.6.2).
bool is_token(char byte);

/// Whether a byte is allowed in a field value or a quoted string: any but the control characters,
/// of which only the tab is allowed (RFC 9110, 5.5).
bool is_text(char byte);

/// Whether the value of a Host field is empty or one host with an optional port (RFC 9110, 7.2; RFC
/// 3986, 3.2.2). A comma is allowed in a registered name, but not here: it may be a list, made of
/// two Host fields by a proxy.
bool is_host(std::string_view value);

/// Whether a request target has one of the four forms, and one that its method allows (RFC 9112,
/// 3.2). Beyond RFC 3986 it allows the characters that browsers send unescaped: [ \ ] ^ ` { | }
/// (URL Standard, percent-encode sets).
bool is_target(boost::beast::http::verb method, std::string_view target);

/// Appends the value of a field to those of earlier fields with the same name, which are one list
/// (RFC 9110, 5.3).
void append_to_list(std::string& list, std::string_view value);

/// Whether this value of X-Request-ID may go into a log. nginx has the same rule, and replaces any
/// other id by one of its own.
bool is_request_id(std::string_view text);

} // namespace tally
