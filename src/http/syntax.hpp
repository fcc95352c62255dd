#pragma once

#include <boost/beast/http/verb.hpp>

#include <string_view>

namespace tally {

/// Whether a byte may stand in a token, of which methods and field names are made (RFC
/// 9110, 5.6.2).
bool is_token(char byte);

/// Whether a byte may stand in a field value or a quoted string: no control but the tab (RFC 9110,
/// 5.5).
bool is_text(char byte);

/// Whether the value of a Host field is one host, perhaps with a port, or empty (RFC 9110, 7.2; RFC
/// 3986, 3.2.2). A list is none, although a comma may stand in a registered name: somebody on the
/// way has joined two fields.
bool is_host(std::string_view value);

/// Whether a request target has one of the four forms, and the one that its method asks for (RFC
/// 9112, 3.2). Beyond RFC 3986 it may hold what browsers send unescaped: [ \ ] ^ ` { | } (URL
/// Standard, percent-encode sets).
bool is_target(boost::beast::http::verb method, std::string_view target);

} // namespace tally
