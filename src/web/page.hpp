#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// The Content-Security-Policy of the pages: they load only from their own origin, and contain no
/// inline script or style. No page of another origin may frame them.
inline constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page at `/`: the total of the default counter, and how to use counters. Without a total it
/// says that there is none now.
std::string index_page(std::optional<std::int64_t> total);

/// A page with the name and the total of a counter.
std::string counter_page(std::string_view name, std::int64_t total);

/// A page for a response with an error status.
std::string error_page(unsigned status, std::string_view title, std::string_view detail);

} // namespace tally
