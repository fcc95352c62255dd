#pragma once

#include <string_view>

namespace tally {

/// The path of a request target (RFC 9112, 3.2): after the authority of an absolute form, and
/// before the query. The parser has rejected invalid forms.
std::string_view path_of(std::string_view target);

/// The query, without its question mark; empty if there is none.
std::string_view query_of(std::string_view target);

} // namespace tally
