#include "web/asset.hpp"

#include "web/files.hpp"

#include <algorithm>
#include <array>

namespace tally {

const asset* find_asset(std::string_view path)
{
  constexpr std::string_view script = "text/javascript; charset=utf-8";
  constexpr std::string_view style = "text/css; charset=utf-8";
  // A minute for the files that a page of the same release needs: after an upgrade, the new page
  // must not get the old files for long.
  constexpr std::string_view hour = "public, max-age=3600";
  constexpr std::string_view minute = "public, max-age=60";
  static const std::array<asset, 3> all{{
      {"/tally.js", script, files::tally_js.body, files::tally_js.etag, hour},
      {"/page.css", style, files::page_css.body, files::page_css.etag, minute},
      {"/page.js", script, files::page_js.body, files::page_js.etag, minute},
  }};
  const auto found = std::ranges::find(all, path, &asset::path);
  return found == all.end() ? nullptr : &*found;
}

} // namespace tally
