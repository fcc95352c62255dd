#pragma once

#include <string_view>

namespace tally {

/// A file that a browser requests. All members refer to static data.
struct asset {
  std::string_view path;
  std::string_view content_type;
  std::string_view body;
  std::string_view etag; ///< with its quotes
  std::string_view cache_control;
};

/// The asset with this path, or nullptr.
const asset* find_asset(std::string_view path);

} // namespace tally
